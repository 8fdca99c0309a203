"""The written report on a border and a period: one file for a reader who does not program."""

from frontier_geo.report.report import BorderReport, border_report, check_report_options

__all__ = ["BorderReport", "border_report", "check_report_options"]
