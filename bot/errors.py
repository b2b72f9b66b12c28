"""The errors of the bot, each one line: what is wrong, where, and what is allowed.

KedergiError
├── SettingsError      an environment variable or option that cannot be used
├── GuideError         data/guide.toml or data/places.toml is not valid
├── StoreError         the database cannot be opened, read or migrated
├── AlreadyRunningError  another process holds the lock of KEDERGI_HOME
├── ChannelError       Telegram refuses the token, or the terminal input cannot be read
├── ExportError        a table cannot be written
└── SheetError         a sheet of codings cannot be read, or what stands in it cannot be kept; a line for each problem

`python -m bot` prints the message and exits with status 2.
"""


class KedergiError(Exception):
    """Base of all errors that a person running the bot can act on."""


class SettingsError(KedergiError):
    """A setting is missing or outside what is allowed."""


class GuideError(KedergiError):
    """The interview guide or the list of places is not valid."""


class StoreError(KedergiError):
    """The database cannot be opened, read or migrated."""


class AlreadyRunningError(KedergiError):
    """Another process is using the same KEDERGI_HOME."""


class ChannelError(KedergiError):
    """A channel cannot be used: the token is refused, or the input is unreadable."""


class ExportError(KedergiError):
    """A table cannot be written."""


class SheetError(KedergiError):
    """A sheet of codings cannot be taken over."""
