"""Files in an S3-compatible bucket, and workers on hosts that share no disk: a real server, real bytes."""

import contextlib
import io
from datetime import timedelta

import boto3
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from moto.server import ThreadedMotoServer

from cocreation import editing, pieces, upkeep, upscaling
from cocreation.media import children, looking
from cocreation.models import Clip, Render
from cocreation.upscaling.lanczos import Lanczos
from events import jobs
from events.models import Job
from tests.cocreation.drawing import film
from tests.cocreation.test_uploads import b64

H264 = ("-c:v", "libx264")
pytestmark = pytest.mark.xdist_group("s3")


@pytest.fixture(scope="module")
def server():
    """An S3 server of this test's own, on a port of its own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, settings, tmp_path):
    """An empty bucket as the installation's storage."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    name = f"films-{tmp_path.name.replace('_', '-').lower()[:40]}".strip("-")
    found = boto3.resource("s3", endpoint_url=server, **keys).create_bucket(Bucket=name)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": name,
                "endpoint_url": server,
                "access_key": "test",
                "secret_key": "test",
                "region_name": "us-east-1",
                "file_overwrite": False,
            },
        },
    }
    settings.MEDIA_ROOT = tmp_path / "web"
    return found


@pytest.fixture
def on_host(settings, tmp_path):
    """The disk of another host for a while."""

    @contextlib.contextmanager
    def enter(name):
        before = settings.MEDIA_ROOT
        settings.MEDIA_ROOT = tmp_path / name
        settings.MEDIA_ROOT.mkdir(exist_ok=True)
        yield tmp_path / name
        settings.MEDIA_ROOT = before

    return enter


def work_off(kind=None):
    rows = Job.objects.filter(state="waiting", **({"kind": kind} if kind else {}))
    while job := rows.order_by("pk").first():
        jobs.run(job.pk)


def upload(phone, path):
    body = path.read_bytes()
    headers = {"Upload-Length": str(len(body)), "Upload-Metadata": f"slot {b64(1)},filename {b64(path.name)}"}
    place = phone.post("/attend/beijing/film/uploads/", headers=headers)["Location"]
    phone.patch(place, data=body, content_type="application/offset+octet-stream", headers={"Upload-Offset": "0"})
    return body


@pytest.mark.long
def test_from_the_phone_to_the_film_over_three_hosts_without_a_common_disk(
    bucket, on_host, kite, challenge, bo, ed, as_attendee, client_of, tmp_path
):
    phone = as_attendee(bo)
    body = upload(phone, film(tmp_path, more=H264))
    with on_host("probing"):
        work_off("probe_clip")
        work_off("make_proxy")
    with on_host("upscaling"):
        work_off("upscale_clip")
    render = editing.render(editing.new_version(challenge, by=ed))
    with on_host("cutting"):
        work_off()

    clip = Clip.objects.get()
    render = Render.objects.get(pk=render.pk)
    assert (clip.state, clip.upscaled.height, render.finished_at is not None) == ("ready", 1080, True)
    stored = {item.key for item in bucket.objects.all()}
    assert {clip.original.name, clip.upscaled.file.name, render.file.name} <= stored
    assert [path.name for path in (tmp_path / "web").rglob("*") if path.suffix in (".mp4", ".part")] == []

    place = f"/attend/beijing/film/shots/{clip.pk}/original/"
    assert b"".join(phone.get(place).streaming_content) == body
    answer = phone.get(place, headers={"range": "bytes=100-199"})
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes 100-199/{len(body)}")
    assert b"".join(answer.streaming_content) == body[100:200]
    whole = client_of(ed).get(f"/attend/beijing/film/films/{render.pk}/film/")
    assert b"".join(whole.streaming_content)[4:8] == b"ftyp"


class Small(Lanczos):
    chunk_frames = 8

    def __init__(self):
        self.runs = []

    def run(self, chunk):
        self.runs.append(chunk.first)
        super().run(chunk)


def test_another_host_goes_on_with_the_chunks_of_the_one_that_died(bucket, on_host, tmp_path):
    source, small = film(tmp_path, rate=10, more=H264), Small()
    seen = looking.look(source)

    def stop(done):
        if done > 17:
            raise children.Stopped

    def enlarge(store, watch=lambda done: None):
        upscaling.upscale(
            source,
            tmp_path / "out.mp4",
            seen=seen,
            digest="d" * 64,
            size=(640, 360),
            backend=small,
            store=store,
            watch=watch,
        )

    with on_host("a"), pytest.raises(children.Stopped):
        enlarge(pieces.Store(), stop)
    with on_host("b"):
        enlarge(pieces.Store())

    assert small.runs in ([0, 8, 16, 24], [0, 8, 16, 16, 24])
    assert looking.look(tmp_path / "out.mp4").facts["frames"] == 30


def test_garbage_goes_from_the_bucket_as_well(bucket, kite, bo, as_attendee, tmp_path):
    upload(as_attendee(bo), film(tmp_path, more=H264))
    work_off()
    kept = {item.key for item in bucket.objects.all()}
    default_storage.save("film/1/poster/orphan.jpg", io.BytesIO(b"x"))

    upkeep.collect(timezone.now() + timedelta(hours=7))
    assert {item.key for item in bucket.objects.all()} == kept
    upkeep.collect(timezone.now() + timedelta(days=4))

    assert {item.key for item in bucket.objects.all() if item.key.startswith(pieces.SHARED)} == set()


def test_a_file_that_the_bucket_lost_is_answered_and_not_crashed(bucket, kite, bo, as_attendee, tmp_path):
    upload(as_attendee(bo), film(tmp_path, more=H264))
    work_off("probe_clip")
    clip = Clip.objects.get()
    bucket.Object(clip.rendition("poster").file.name).delete()

    assert as_attendee(bo).get(f"/attend/beijing/film/shots/{clip.pk}/poster/").status_code == 404
