"""acctflows: the open-source back office of an agency's account manager."""

__version__ = "0.1.0"
