"""The image and the cluster of containers: what they may do, name and publish."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import click
import pytest

from streams.cli import cli
from streams.warehouse.client import Warehouse
from streams.warehouse.session import BOUNDS
from tests.deploy.tools import DEFAULTS, DEPLOY, ENVIRONMENT, ROOT, documents, run, values

COMPOSE = DEPLOY / "compose.yaml"
EXAMPLE = DEPLOY / ".env.example"
SERVICES: dict[str, dict[str, Any]] = documents(COMPOSE)[0]["services"]
JOBS = {"topics", "schema"}
USERS = ET.parse(DEPLOY / "clickhouse" / "server" / "users.xml").getroot()  # noqa: S314 - our own file


def example() -> dict[str, str]:
    """Variables of .env.example, those commented out too."""
    return dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_bounded_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    if name in JOBS:
        assert service["restart"].startswith("on-failure")
    else:
        assert service["restart"] == "unless-stopped"
        assert name == "worker" or service["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_version_and_no_digest(name: str) -> None:
    version = SERVICES[name]["image"].partition(":")[2]
    assert re.fullmatch(r"v?\d+(\.\d+)+", version)


@pytest.mark.parametrize("name", SERVICES)
def test_mounted_files_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (
            (DEPLOY / source).exists()
            if source.startswith(".")
            else source in documents(COMPOSE)[0]["volumes"]
        )


def test_the_broker_is_the_one_that_the_tests_run() -> None:
    pom = (DEPLOY / "kafka" / "pom.xml").read_text(encoding="utf-8")
    found = re.search(r"<kafka.version>(.+)</kafka.version>", pom)
    assert found is not None
    assert SERVICES["kafka-1"]["image"] == f"apache/kafka:{found[1]}"


def test_settings_are_those_of_the_product() -> None:
    named = {key for block in values(documents(COMPOSE)[0], "environment") for key in block}
    assert {key for key in named if key.startswith("KEFU_PULSE_")} <= ENVIRONMENT
    for name, default in re.findall(r"\$\{(KEFU_PULSE_\w+):-([^}]*)\}", COMPOSE.read_text(encoding="utf-8")):
        assert default == DEFAULTS[name]


def test_commands_are_those_of_the_product() -> None:
    known = set(cli.list_commands(click.Context(cli)))
    assert {
        service["command"][0] for service in SERVICES.values() if "kefu-pulse" in service["image"]
    } <= known


def test_every_variable_is_explained_and_no_other() -> None:
    used = set(re.findall(r"\$\{([A-Z][A-Z_]+)", COMPOSE.read_text(encoding="utf-8")))
    assert used == set(example())
    for paragraph in EXAMPLE.read_text(encoding="utf-8").split("\n\n")[1:]:
        if "=" in paragraph.splitlines()[-1]:
            assert re.search(r"[\u4e00-\u9fff].*[A-Za-z]{3}", paragraph.replace("\n", " ")), paragraph


def test_no_secret_is_in_the_repository() -> None:
    secret = {name for name in example() if re.search("PASSWORD|KEY|ID$", name)}
    assert len(secret) == 5
    assert all(example()[name] == "" for name in secret)
    text = COMPOSE.read_text(encoding="utf-8")
    assert all(f"${{{name}:?" in text and f"${{{name}:-" not in text for name in secret)
    assert all(user.find("password").attrib.keys() == {"from_env"} for user in USERS.find("users"))  # type: ignore
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_readers_bounds_are_those_of_the_products_own_readers() -> None:
    profile = USERS.find("profiles/kefu_reader")
    assert profile is not None
    found = {item.tag: item.text for item in profile if item.tag != "constraints"}
    assert found == {name: str(value) for name, value in BOUNDS.items()} | {"readonly": "2"}
    fixed = {item.tag: item.findtext("max") for item in profile.iterfind("constraints/*")}
    assert {name: found[name] for name, most in fixed.items() if most} == {
        n: m for n, m in fixed.items() if m
    }
    assert fixed.keys() == found.keys() - {"readonly", "final", "do_not_merge_across_partitions_select_final"}


def test_the_engine_understands_what_is_granted(warehouse: Warehouse) -> None:
    for user in USERS.iterfind("users/*"):
        for query in user.iterfind("grants/query"):
            # In the file, whom it is granted to is said by where it stands.
            warehouse.query("SELECT formatQuery({sql:String})", {"sql": f"{query.text} TO {user.tag}"})
    assert [query.text for query in USERS.iterfind("users/kefu_reader//query")] == ["GRANT SELECT ON kefu.*"]


def test_compose_accepts_the_file(tmp_path: Path) -> None:
    compose = composer()
    env = tmp_path / "env"
    env.write_text(
        re.sub(r"=$", "=x1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8"
    )
    run(*compose, "--env-file", str(env), "-f", str(COMPOSE), "config", "--quiet")


def composer() -> list[str]:
    """`docker compose` or `docker-compose`; skipped aloud where there is neither."""
    if found := shutil.which("docker-compose"):
        return [found]
    docker = shutil.which("docker")
    if (
        docker
        and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        return [docker, "compose"]
    pytest.skip("docker compose is not installed")


# --- the image ---------------------------------------------------------------------------------


def test_the_image_runs_the_product_as_nobody_in_particular() -> None:
    build, final = re.split(r"(?m)^FROM ", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))[1:]
    assert build.startswith("python:3.12-slim AS ")
    assert final.startswith("python:3.12-slim\n")
    assert re.search(r"(?m)^USER [1-9]\d+$", final)
    assert '\nENTRYPOINT ["kefu-pulse"]\n' in final
    assert "pip install" not in final
    assert "apt-get" not in final
    assert f"'{DEFAULTS['KEFU_PULSE_WORKER_PORT']}'" in final
    assert f"EXPOSE {DEFAULTS['KEFU_PULSE_WORKER_PORT']}\n" in final


def test_the_image_has_the_version_of_the_product() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    production = documents(DEPLOY / "k8s" / "overlays" / "production" / "kustomization.yaml")[0]
    assert SERVICES["worker"]["image"] == f"kefu-pulse:{version}"
    assert [image["newTag"] for image in production["images"]] == [version]


def test_the_image_is_built_from_what_the_product_is_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    taken = [line[1:] for line in lines if line.startswith("!")]
    assert all((ROOT / name).exists() for name in taken)
    packages = re.search(r"^packages = \[(.+)\]$", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert packages is not None
    for package in re.findall(r'"(\w+)"', packages[1]):
        assert package in taken or f"{package}/__init__.py" in taken
