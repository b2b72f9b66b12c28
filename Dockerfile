# docker build -t kedergi .
# docker run -d --restart unless-stopped --name kedergi --env-file kedergi.env -v kedergi:/data --read-only --tmpfs /tmp \
#   --cap-drop ALL --security-opt no-new-privileges kedergi
# docker exec kedergi python -m bot doctor
FROM python:3.11-slim

# A number of its own, so that the owner of the volume is the same on every machine.
RUN useradd --uid 10001 --create-home kedergi && install -d -o kedergi -g kedergi -m 0700 /data

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot/ bot/
COPY classifier/ classifier/
COPY training/ training/
COPY data/ data/
# The CPU build of PyTorch; the plain one brings gigabytes for graphics cards.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt -e .

ENV KEDERGI_HOME=/data MPLCONFIGDIR=/tmp/matplotlib PYTHONDONTWRITEBYTECODE=1
VOLUME /data
USER kedergi
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
