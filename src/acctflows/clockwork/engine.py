"""Executes the flow run that Prefect names in the environment.

In a fork of the starter, what Prefect has read of its settings is the starter's environment; it is
read again, because a deployment may set variables of its own.
"""

import runpy

from prefect.context import refresh_global_settings_context

if __name__ == "__main__":
    refresh_global_settings_context()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
