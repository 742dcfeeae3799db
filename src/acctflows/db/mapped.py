"""Maps all models when it is imported: once for whoever forks, and not in each fork.

Everybody else leaves it to the first query.
"""

from sqlalchemy.orm import configure_mappers

import acctflows.db.models  # noqa: F401 — makes the whole schema known

configure_mappers()
