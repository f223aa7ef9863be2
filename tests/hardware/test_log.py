"""The file of samples keeps within its rows and is whole after any end."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from cnnlab.hardware.__main__ import main
from cnnlab.hardware.log import Log


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_keeps_within_its_rows_the_newer_half_of_them_all(tmp_path):
    log = Log(tmp_path / "system.jsonl", 40)
    for moment in range(1000):
        log.append({"t": moment})
        assert len(rows(log.path)) <= 40
    moments = [row["t"] for row in rows(log.path)]
    assert moments[-15:] == list(range(985, 1000))
    assert moments == sorted(set(moments))
    assert moments[0] < 500  # the old ones are further apart, not gone
    assert log.last() == {"t": 999}


def test_a_row_that_was_left_half_written_is_cut_off(tmp_path):
    path = tmp_path / "system.jsonl"
    path.write_text('{"t":1}\n{"t":2}\n{"t":')
    log = Log(path, 40)
    log.append({"t": 3})
    assert rows(path) == [{"t": 1}, {"t": 2}, {"t": 3}]
    assert log.count == 3


def test_the_last_row_of_nothing_is_nothing(tmp_path):
    log = Log(tmp_path / "system.jsonl", 40)
    assert log.last() == {}
    log.path.write_text("no row\n")
    assert log.last() == {}


@pytest.fixture
def sleeper():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def test_it_ends_when_the_process_has_ended(tmp_path, sleeper):
    watching = subprocess.Popen(
        [sys.executable, "-m", "cnnlab.hardware", tmp_path, "--pid", str(sleeper.pid), "--every", "0.1"]
    )
    try:
        path = tmp_path / "system.jsonl"
        while not (path.is_file() and len(path.read_text().splitlines()) >= 3):
            assert watching.poll() is None
        sleeper.kill()
        assert watching.wait(20) == 0
    finally:
        watching.kill()
    first, second, *_ = rows(path)
    assert first["why"] == "asking"
    assert second["host"]["cpu"] is not None
    assert second["run"]["memory"] > 0
    assert second["gpus"] or second["why"]


def test_a_folder_that_vanished_or_a_full_disk_ends_it_with_a_code(tmp_path, sleeper, monkeypatch, capsys):
    gone = tmp_path / "gone"
    gone.mkdir()
    shutil.rmtree(gone)
    assert main([str(gone), "--pid", str(sleeper.pid)]) == 74
    assert capsys.readouterr().err == f"{gone}: No such file or directory\n"
    monkeypatch.setattr(os, "write", lambda file, line: len(line) // 2)
    assert main([str(tmp_path), "--pid", str(sleeper.pid)]) == 74


def test_a_process_that_is_not_there_or_another_by_now_is_not_watched(tmp_path, sleeper, capsys):
    assert main([str(tmp_path), "--pid", str(sleeper.pid), "--created", "1.0"]) == 1
    assert capsys.readouterr().err == f"There is no process {sleeper.pid}.\n"
    assert not (tmp_path / "system.jsonl").exists()


def test_so_many_samples_and_what_they_cost(tmp_path, sleeper, capsys):
    arguments = [str(tmp_path), "--pid", str(sleeper.pid), "--every", "0.1", "--samples", "2", "--cost"]
    assert main(arguments) == 0
    assert len(rows(tmp_path / "system.jsonl")) == 2
    assert json.loads(capsys.readouterr().out).keys() == {"rows", "seconds", "core_percent", "rss_mib"}
