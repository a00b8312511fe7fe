"""What a scan finds in an image: nothing but what a label of the image says.

``slipway.sandbox.findings`` lists it: ``CVE-2026-0001:critical:openssl@3.0.1, CVE-2026-0002:low``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FINDINGS_LABEL = "slipway.sandbox.findings"
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
"""The worst first (ECR API reference: "ImageScanFinding")."""
_FINDING = re.compile(r"(?P<name>[\w.-]+):(?P<severity>[a-zA-Z]+)(?::(?P<package>[^@,\s]+)@(?P<version>[^,\s]+))?")


@dataclass(frozen=True)
class Finding:
    """One vulnerability; ``package`` and ``version`` may be ""."""

    name: str
    severity: str
    package: str = ""
    version: str = ""


def parse(text: str) -> tuple[Finding, ...]:
    """The findings that ``text`` lists, the worst first; "" lists none. Raises ValueError, worded for people."""
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    found = [_finding(part) for part in parts]
    return tuple(sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding.name)))


def _finding(part: str) -> Finding:
    match = _FINDING.fullmatch(part)
    if match is None:
        raise ValueError(
            f"finding {part!r} is not NAME:SEVERITY or NAME:SEVERITY:PACKAGE@VERSION, "
            "such as CVE-2026-0001:critical:openssl@3.0.1"
        )
    severity = match["severity"].upper()
    if severity not in SEVERITIES:
        known = ", ".join(severity.lower() for severity in SEVERITIES)
        raise ValueError(f"finding {match['name']}: severity {match['severity']!r} is unknown; choose one of {known}")
    return Finding(match["name"], severity, match["package"] or "", match["version"] or "")
