"""What of deploy/ nobody runs here, Compose's file and Kubernetes' manifests: each names what there is, and they agree."""

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from axme_site import health
from inbox.views.tasks import slack

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml")
SETTINGS = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))

Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    return [one for path in FILES for one in yaml.safe_load_all(path.read_text())]


def of_kind(*kinds: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] in kinds}


WORKLOADS = of_kind("Deployment", "Job")


@pytest.fixture(params=sorted(WORKLOADS))
def pod(request: pytest.FixtureRequest) -> Manifest:
    template: Manifest = WORKLOADS[request.param]["spec"]["template"]
    return template


def test_each_process_has_its_workload_and_two_of_those_that_stay() -> None:
    started = {one["spec"]["template"]["spec"]["containers"][0]["command"][0] for one in WORKLOADS.values()}
    assert started == {f"deploy/{name}" for name in ("web", "worker", "beat", "migrate")}
    for name, deployment in of_kind("Deployment").items():
        assert deployment["spec"]["replicas"] == 2, name
        assert deployment["spec"]["selector"]["matchLabels"] == deployment["spec"]["template"]["metadata"]["labels"]


def test_a_process_has_its_settings_its_folder_and_no_rights_to_spare(pod: Manifest) -> None:
    (container,) = pod["spec"]["containers"]
    assert (ROOT / container["command"][0]).exists()
    assert container["image"] == "axme-inbox"
    sources = [(kind, ref["name"]) for source in container["envFrom"] for kind, ref in source.items()]
    assert sources == [("configMapRef", "axme"), ("secretRef", "axme")]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert container["resources"]["limits"]["memory"]
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    claims = {volume["name"]: volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["spec"]["volumes"]}
    assert claims == {"data": "axme-data", "tmp": None}
    assert set(of_kind("PersistentVolumeClaim")) == {"axme-data"}
    # A large upload waits in a temporary file.
    assert {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]} == {"data": "/data", "tmp": "/tmp"}
    image = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "DATA_DIR=/data" in image
    assert f"--uid {pod['spec']['securityContext']['runAsUser']} " in image
    assert f"--gid {pod['spec']['securityContext']['fsGroup']} " in image


def test_the_way_to_apply_them_takes_the_image_that_was_set_and_nothing_that_kubectl_does_not_know() -> None:
    """A folder that is applied by --filename includes kustomization.yaml, and no image that kustomize sets."""
    applied = [line for line in (FOLDER / "README.md").read_text().splitlines() if "kubectl" in line and "apply" in line]
    assert len(applied) == 3
    for line in applied:
        named = re.findall(r"--filename deploy/kubernetes/(\S*)", line)
        assert named == [] or all("image:" not in (FOLDER / name).read_text() for name in named), line
    assert "--kustomize deploy/kubernetes" in applied[-1]


def test_a_web_process_is_asked_where_it_answers() -> None:
    (container,) = WORKLOADS["axme-web"]["spec"]["template"]["spec"]["containers"]
    asked = {name: container[name]["httpGet"] for name in container if name.endswith("Probe")}
    assert {name: one["path"] for name, one in asked.items()} == {
        "startupProbe": health.LIVE,
        "livenessProbe": health.LIVE,
        "readinessProbe": "/health/ready",
    }
    # Of the names that ALLOWED_HOSTS always has; the probe's own is the pod's address.
    assert all(one["httpHeaders"] == [{"name": "Host", "value": "localhost"}] for one in asked.values())
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]


def test_settings_are_those_there_are() -> None:
    assert set(of_kind("ConfigMap")["axme"]["data"]) <= SETTINGS
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    assert set(compose["services"]["web"]["environment"]) <= SETTINGS


def test_what_scales_names_a_workload_and_stays_within_bounds() -> None:
    for scaler in of_kind("HorizontalPodAutoscaler", "ScaledObject").values():
        spec = scaler["spec"]
        assert spec["scaleTargetRef"]["name"] in of_kind("Deployment")
        low, high = ([value for name, value in spec.items() if name.startswith(which)] for which in ("min", "max"))
        assert [2] <= low < high


def test_ways_lead_to_the_service_and_the_service_to_the_web_processes() -> None:
    service = of_kind("Service")["axme-web"]["spec"]
    assert service["selector"] == WORKLOADS["axme-web"]["spec"]["template"]["metadata"]["labels"]
    (rule,) = of_kind("Ingress")["axme"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "axme-web", "port": {"name": service["ports"][0]["name"]}}
    assert of_kind("ConfigMap")["axme"]["data"]["BASE_URL"] == f"https://{rule['host']}"


def test_kustomize_takes_all_but_what_needs_more_than_the_cluster() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == [path.name for path in FILES if path.parent == FOLDER]


def test_compose_starts_as_many_as_it_is_told_and_two_beats() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    replicas = {name: services[name]["deploy"]["replicas"] for name in ("web", "worker", "beat")}
    assert replicas == {"web": "${WEB:-2}", "worker": "${WORKERS:-1}", "beat": 2}


APP = "c9e8c047-2a74-40a2-b28a-b162d5f5327c"


def package(**settings: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, ROOT / "deploy" / "teams" / "package"]
    return subprocess.run(command, env=settings, capture_output=True, check=False)


def test_the_package_of_the_teams_app_is_whole() -> None:
    made = package(TEAMS_APP_ID=APP, BASE_URL="https://inbox.example.com/")
    with zipfile.ZipFile(io.BytesIO(made.stdout)) as files:
        manifest = json.loads(files.read("manifest.json"))
        # An icon of 192 pixels, and one of 32 for the edge of the window.
        sizes = [struct.unpack(">II", files.read(manifest["icons"][name])[16:24]) for name in ("color", "outline")]
    assert sizes == [(192, 192), (32, 32)]
    (bot,) = manifest["bots"]
    assert (manifest["id"], bot["botId"], bot["scopes"]) == (APP, APP, ["personal"])
    assert manifest["validDomains"] == ["inbox.example.com"]
    assert "${" not in json.dumps(manifest)
    assert manifest["$schema"].split("/")[-2] == f"v{manifest['manifestVersion']}"
    # As long as the schema lets them be.
    assert (len(manifest["name"]["short"]) <= 30, len(manifest["description"]["short"]) <= 80) == (True, True)
    (command,) = bot["commandLists"][0]["commands"]
    assert (command["title"], len(command["description"]) <= 128) == ("link", True)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "TEAMS_APP_ID"),
        ({"TEAMS_APP_ID": "x"}, "TEAMS_APP_ID"),
        ({"TEAMS_APP_ID": APP, "BASE_URL": "http://x"}, "https"),
    ],
)
def test_the_package_of_the_teams_app_is_refused_without_its_settings(settings: dict[str, str], says: str) -> None:
    refused = package(**settings)
    assert (refused.returncode, refused.stdout, says in refused.stderr.decode()) == (1, b"", True)


def test_the_slack_app_asks_for_what_the_server_answers() -> None:
    app = yaml.safe_load((ROOT / "deploy" / "slack" / "manifest.yaml").read_text())
    (command,) = app["features"]["slash_commands"]
    asked = [command["url"], app["settings"]["interactivity"]["request_url"]]
    assert asked == [f"https://inbox.example.com{path}" for path in (slack.COMMANDS, slack.INTERACTIONS)]
    assert (command["command"], app["oauth_config"]["scopes"]["bot"]) == ("/axme", ["chat:write", "commands"])
