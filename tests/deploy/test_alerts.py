"""Alerts on the pipeline: checked by the tools of Prometheus and Alertmanager, and against what they name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from streams.metrics import STAGES, Metrics
from tests.deploy.tools import DEFAULTS, DEPLOY, ROOT, documents, packaged, run

RULES = DEPLOY / "prometheus" / "rules" / "pipeline.yml"
TESTS = DEPLOY / "prometheus" / "tests" / "pipeline.yml"
CONFIG = DEPLOY / "prometheus" / "prometheus.yml"
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yml"


def alerts() -> list[dict[str, Any]]:
    return [rule for group in documents(RULES)[0]["groups"] for rule in group["rules"] if "alert" in rule]


ALERTS = [pytest.param(alert, id=alert["alert"]) for alert in alerts()]


def metric_names() -> set[str]:
    names = {sample.name for metric in Metrics().registry.collect() for sample in metric.samples}
    for metric in Metrics().registry.collect():
        names |= {metric.name, f"{metric.name}_total"}
    return names


def test_prometheus_accepts_its_configuration_and_rules() -> None:
    run(packaged("promtool"), "check", "config", CONFIG)
    run(packaged("promtool"), "check", "rules", RULES)


def test_each_alert_fires_when_it_should_and_not_else() -> None:
    run(packaged("promtool"), "test", "rules", TESTS)


def test_alertmanager_accepts_its_configuration() -> None:
    run(packaged("amtool"), "check-config", ALERTMANAGER)


@pytest.mark.parametrize("alert", ALERTS)
def test_who_is_told(alert: dict[str, Any]) -> None:
    receiver = {"critical": "oncall", "warning": "team"}[alert["labels"]["severity"]]
    labels = (f"alertname={alert['alert']}", f"severity={alert['labels']['severity']}")
    found = run(packaged("amtool"), "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels)
    assert found.split() == [receiver]


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_in_two_languages_what_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+m", alert["for"])
    chinese, english = alert["annotations"]["summary"].split(" · ")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    page, anchor = alert["annotations"]["runbook"].split("#")
    assert anchor == alert["alert"].lower()
    assert f"\n#### {alert['alert']}\n" in (ROOT / page).read_text(encoding="utf-8")


def test_the_runbook_has_no_other_alerts() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^#### (Kefu\w+)$", text, re.MULTILINE)) == sorted(a["alert"] for a in alerts())


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_shown_to_fire_and_to_be_silent(alert: dict[str, Any]) -> None:
    checks = [c for test in documents(TESTS)[0]["tests"] for c in test["alert_rule_test"]]
    fires = {bool(c["exp_alerts"]) for c in checks if c["alertname"] == alert["alert"]}
    assert True in fires
    assert fires == {True, False} or alert["alert"] == "KefuWorkerDown"


def test_the_rules_name_metrics_and_stages_that_exist() -> None:
    text = RULES.read_text(encoding="utf-8")
    assert set(re.findall(r"\bkefu_pulse_\w+", text)) <= metric_names()
    assert set(re.findall(r'stage="(\w+)"', text)) <= set(STAGES)


def test_inhibitions_and_jobs_name_what_exists() -> None:
    text = ALERTMANAGER.read_text(encoding="utf-8")
    assert set(re.findall(r"Kefu\w+", text)) <= {alert["alert"] for alert in alerts()}
    jobs = {job["job_name"]: job for job in documents(CONFIG)[0]["scrape_configs"]}
    assert set(re.findall(r'job="([\w-]+)"', RULES.read_text(encoding="utf-8"))) <= set(jobs)
    (workers,) = jobs["kefu-worker"]["dns_sd_configs"]
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    assert set(workers["names"]) <= set(services)
    assert str(workers["port"]) == DEFAULTS["KEFU_PULSE_WORKER_PORT"]


def test_the_files_that_prometheus_reads_are_those_of_this_folder() -> None:
    patterns = documents(CONFIG)[0]["rule_files"]
    assert {path for pattern in patterns for path in CONFIG.parent.glob(pattern)} == {RULES}
    assert [Path(name) for name in documents(TESTS)[0]["rule_files"]] == [Path("../rules/pipeline.yml")]
