"""What the S3 store promises, once more over Ceph, as a province would have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.delivery.engines import Ceph, S3Engine
from tests.delivery.test_s3_store import (  # noqa: F401 (collected here again)
    test_another_thing_in_a_real_engine_is_replaced,
    test_answer_that_is_lost_is_found_in_the_store,
    test_bit_that_flips_on_the_way_is_seen_by_the_engine,
    test_file_too_large_for_one_request_comes_in_parts_and_once,
    test_large_file_that_is_written_to_while_it_is_sent_is_not_joined,
    test_parts_that_a_kill_left_are_taken_away,
    test_real_engine_passes_again_and_again,
    test_receiver_killed_in_mid_request_begins_again,
)


@pytest.fixture(scope="module")
def s3_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Engine]:
    """Ceph, where it is installed and long tests are wanted."""
    if Ceph.missing:
        pytest.skip(Ceph.missing)
    with closing(Ceph(tmp_path_factory.mktemp("ceph"))) as engine:
        yield engine
