"""The Kubernetes objects: complete, locked down, and naming only what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from streams.cli import cli
from streams.kafka.admin import PARTITIONS
from streams.settings import load_settings
from streams.sources.topics import IN, Kafka
from tests.deploy.tools import DEFAULTS, DEPLOY, ENVIRONMENT, documents, optional, run, values

K8S = DEPLOY / "k8s"
BASE = K8S / "base"
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
FILES = sorted(K8S.rglob("*.yaml"))
SECRET_KEYS = {"warehouse-url", "redaction-key"}


def objects(folder: Path = BASE) -> list[dict[str, Any]]:
    """What a kustomization lists, as it is written, resources of other folders included."""
    found = []
    for name in documents(folder / "kustomization.yaml")[0]["resources"]:
        path = (folder / name).resolve()
        found += objects(path) if path.is_dir() else documents(path)
    return found


def of_kind(kind: str, folder: Path = BASE) -> list[dict[str, Any]]:
    return [item for item in objects(folder) if item["kind"] == kind]


def workloads() -> Iterator[dict[str, Any]]:
    """The pod templates."""
    for item in [*of_kind("Deployment"), *of_kind("Job")]:
        yield item["spec"]["template"]


def containers() -> Iterator[dict[str, Any]]:
    for template in workloads():
        yield from template["spec"]["containers"]


def literals(folder: Path) -> dict[str, str]:
    (generator,) = documents(folder / "kustomization.yaml")[0].get("configMapGenerator", [{"literals": []}])
    return dict(item.split("=", 1) for item in generator["literals"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(K8S)))
def test_a_file_is_yaml_and_is_used(path: Path) -> None:
    assert documents(path)
    if path.name != "kustomization.yaml":
        assert path.name in documents(path.parent / "kustomization.yaml")[0]["resources"]


@pytest.mark.parametrize(
    "folder", [BASE, *(K8S / "overlays" / name for name in OVERLAYS)], ids=lambda p: p.name
)
def test_what_a_kustomization_names_exists(folder: Path) -> None:
    names = {(item["kind"], item["metadata"]["name"]) for item in objects(folder)}
    kustomization = documents(folder / "kustomization.yaml")[0]
    for patch in kustomization.get("patches", []):
        assert (patch["target"]["kind"], patch["target"]["name"]) in names
    assert all(("Deployment", item["name"]) in names for item in kustomization.get("replicas", []))
    images = {container["image"] for container in containers()}
    assert all(item["name"] in images for item in kustomization.get("images", []))


def test_selectors_find_the_pods() -> None:
    labels = [template["metadata"]["labels"] for template in workloads()]
    everywhere = {
        k: v for item in values(documents(BASE / "kustomization.yaml"), "pairs") for k, v in item.items()
    }
    selectors = [item["spec"]["selector"]["matchLabels"] for item in of_kind("Deployment")]
    selectors += [item["spec"]["selector"]["matchLabels"] for item in of_kind("PodDisruptionBudget")]
    selectors += [item["spec"]["podSelector"]["matchLabels"] for item in of_kind("NetworkPolicy")]
    monitors = of_kind("PodMonitor", K8S / "overlays" / "production")
    selectors += [item["spec"]["selector"]["matchLabels"] for item in monitors]
    for selector in selectors:
        assert any(selector.items() <= {**own, **everywhere}.items() for own in labels), selector


def test_the_alerts_know_the_workers() -> None:
    (monitor,) = of_kind("PodMonitor", K8S / "overlays" / "production")
    (worker,) = of_kind("Deployment")
    labels = worker["spec"]["template"]["metadata"]["labels"]
    rules = (DEPLOY / "prometheus" / "rules" / "pipeline.yml").read_text(encoding="utf-8")
    assert f'job="{labels[monitor["spec"]["jobLabel"]]}"' in rules
    ports = {port["name"] for port in worker["spec"]["template"]["spec"]["containers"][0]["ports"]}
    assert {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]} <= ports


def test_settings_are_those_of_the_product_and_valid() -> None:
    names = {item["name"] for container in containers() for item in container.get("env", [])}
    folders = [BASE, *(K8S / "overlays" / name for name in OVERLAYS)]
    for folder in folders:
        given = literals(folder)
        assert given.keys() | names <= ENVIRONMENT
        load_settings({k: v for k, v in given.items() if not k.endswith("_FILE")}, redaction_key="0")


def test_secrets_are_by_reference_and_lie_where_the_settings_look() -> None:
    assert not of_kind("Secret")
    files = {value for name, value in literals(BASE).items() if name.endswith("_FILE")}
    for template in workloads():
        (secret,) = [volume["secret"] for volume in template["spec"]["volumes"] if "secret" in volume]
        assert {item["key"] for item in secret["items"]} == SECRET_KEYS
        for container in template["spec"]["containers"]:
            mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            assert mounts.keys() == {volume["name"] for volume in template["spec"]["volumes"]}
            assert files == {f"{mounts['secrets']}/{item['path']}" for item in secret["items"]}


def test_ports_agree() -> None:
    port = int(DEFAULTS["KEFU_PULSE_WORKER_PORT"])
    (worker,) = of_kind("Deployment")
    (container,) = worker["spec"]["template"]["spec"]["containers"]
    assert [item["containerPort"] for item in container["ports"]] == [port]
    assert {probe["httpGet"]["port"] for key, probe in container.items() if key.endswith("Probe")} == {
        "metrics"
    }
    (policy,) = of_kind("NetworkPolicy")
    assert [item["port"] for item in policy["spec"]["ingress"][0]["ports"]] == [port]
    allowed = {item["port"] for rule in policy["spec"]["egress"] for item in rule["ports"]}
    assert allowed == {53, 9092, 8123, 8443}
    assert literals(BASE)["KEFU_PULSE_KAFKA"].endswith(":9092")


def test_pods_may_do_as_little_as_they_need() -> None:
    (account,) = of_kind("ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    for template in workloads():
        spec = template["spec"]
        assert spec["serviceAccountName"] == account["metadata"]["name"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"].keys() == {"requests", "limits"}


def test_the_user_is_that_of_the_image() -> None:
    user = re.search(r"(?m)^USER (\d+)$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    assert user is not None
    assert {template["spec"]["securityContext"]["runAsUser"] for template in workloads()} == {int(user[1])}


def test_commands_are_those_of_the_product() -> None:
    assert {container["args"][0] for container in containers()} <= set(cli.list_commands(click.Context(cli)))


def test_the_scaler_watches_every_topic_and_stops_at_the_partitions() -> None:
    (scaler,) = of_kind("ScaledObject", K8S / "overlays" / "keda")
    settings = literals(BASE)
    prefix = settings["KEFU_PULSE_TOPIC_PREFIX"]
    triggers = [trigger["metadata"] for trigger in scaler["spec"]["triggers"]]
    assert [trigger["topic"] for trigger in triggers] == [prefix + name for name in IN]
    assert {trigger["consumerGroup"] for trigger in triggers} == {Kafka("", prefix).group}
    assert {trigger["bootstrapServers"] for trigger in triggers} == {settings["KEFU_PULSE_KAFKA"]}
    assert scaler["spec"]["maxReplicaCount"] == PARTITIONS
    assert scaler["spec"]["minReplicaCount"] > 0
    (worker,) = of_kind("Deployment")
    assert scaler["spec"]["scaleTargetRef"]["name"] == worker["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_builds_it(overlay: str) -> None:
    built = list(yaml.safe_load_all(run(optional("kubectl"), "kustomize", K8S / "overlays" / overlay)))
    kinds = [item["kind"] for item in built]
    assert {"Deployment", "Job", "ConfigMap", "NetworkPolicy", "PodDisruptionBudget"} <= set(kinds)
    (worker,) = [item for item in built if item["kind"] == "Deployment"]
    (settings,) = [item for item in built if item["kind"] == "ConfigMap"]
    for reference in values(
        [item for item in built if item["kind"] in {"Deployment", "Job"}], "configMapRef"
    ):
        assert reference["name"] == settings["metadata"]["name"]
    assert ("replicas" in worker["spec"]) == (overlay != "keda")
    assert len({item["metadata"]["namespace"] for item in built}) == 1
    selector, labels = (
        worker["spec"]["selector"]["matchLabels"],
        worker["spec"]["template"]["metadata"]["labels"],
    )
    assert selector.items() <= labels.items()
