"""The project folder: YAML in, declared models out, errors with file, line and column."""

from routefit.project.check import CheckReport, check_project
from routefit.project.folder import find_project
from routefit.project.load import load_project
from routefit.project.scaffold import init_project, planned_files

__all__ = ["CheckReport", "check_project", "find_project", "init_project", "load_project", "planned_files"]
