"""The weekly digest: counts from the views, composed purely, printed as the study's table."""
