"""The declared files of the fleet that arrives through a gateway: those of `project_files`, and what a log needs.

Rules say which calls belong to what, a verdict rule says what a test score means, and the in-house route is paid
by the replica-hour.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from routefit.simulate.project_files import write_project

_ATTRIBUTION = """\
billers: {aws-marketplace: [aws]}      # who bills for whom
fx:
  EUR: {value: 1.08, label: CONTRACTED, source: treasury, as_of: $older}
attribution:                           # the first rule that fits says what a call belongs to
  - {when: {key_alias: "judge-*"}, workload: support, unit: tag.ticket_id, role: grader, owner: quality}
  - {when: {key_alias: support-prod, tag.attempt: repair}, workload: support, unit: tag.ticket_id, role: repair}
  - {when: {key_alias: support-prod}, workload: support, unit: tag.ticket_id}
  - {when: {key_alias: documents-prod, tag.attempt: repair}, workload: extraction, unit: tag.task_id, role: repair}
  - {when: {key_alias: documents-prod}, workload: extraction, unit: tag.task_id}
  - {when: {key_alias: summaries-prod}, workload: summaries, unit: session_id}
decisions:                             # what the page answers: whether to act
  - {kind: payback, workload: support}
  - {kind: serverless, workload: support}
  - kind: dedicated                    # one GPU a replica; the goodput is a guess until a load test is imported
    workload: classification
    route: dedicated-8b
    set: {hardware_usd_per_hour: "2.95:3.20:4.30", ops_usd_per_hour: 60, goodput_per_hour: "800:1100:1300"}
"""

_EXTRACTION_VERDICT = """\
verdict:
  - {from: test, name: fields, accept: ">=0.98", sampled: all}
"""

_REPORTED = "cost_source: reported                # the platform team's charge-back, no token price\n"
_CAPACITY = """\
capacity:
  gpu_usd_per_hour: {value: $gpu_usd_per_hour, label: CONTRACTED, source: order form, as_of: $older}
  gpus_per_replica: {value: 1, label: MEASURED, source: deployment, as_of: $older}
"""

CAPACITY_ROUTE = "self-8b"
GPU_USD_PER_HOUR = "2.50"


def write_gateway_project(directory: Path, *, end_on: date, unit_rate: float) -> None:
    """Write the project into `directory`, which is created."""
    write_project(
        directory,
        end_on=end_on,
        unit_rate=unit_rate,
        more={"routefit.yaml": _ATTRIBUTION, "workloads/extraction.yaml": _EXTRACTION_VERDICT},
        replaced={
            f"routes/{CAPACITY_ROUTE}.yaml": (_REPORTED, _CAPACITY.replace("$gpu_usd_per_hour", GPU_USD_PER_HOUR))
        },
    )
