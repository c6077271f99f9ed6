"""The project folder: YAML in, declared models out, errors with file, line and column."""

from routefit.project.folder import find_project
from routefit.project.load import load_project

__all__ = ["find_project", "load_project"]
