"""What a newcomer may count on: each module's tests are where its name says, and a class name stands for one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [
    file.relative_to(ROOT / "station").with_suffix("")
    for file in sorted((ROOT / "station").rglob("*.py"))
    if file.name != "__init__.py" and "versions" not in file.parts
]

#: Module or room -> tests that see it. A room's modules are seen by one test where only the whole can be judged.
SEEN_ELSEWHERE = {
    "access/login_lifetime": "web/test_login.py",
    "access/login_limiter": "station/access/test_users.py",
    "catalogue/copying": "station/upkeep/test_backup.py",
    "catalogue/list_maps": "station/reconciliation/test_list_columns.py",
    "catalogue/log_head": "station/catalogue/test_log_sealing.py",
    "catalogue/read_only": "station/upkeep/test_verify_reads.py",
    "catalogue/row_facts": "station/catalogue/test_log_sealing.py",
    "catalogue/schema": "station/upkeep/test_backup_proof.py",
    "catalogue/station_key": "station/catalogue/test_log_sealing.py",
    "catalogue/whereabouts": "station/handover/test_handing_over.py",
    "catalogue/migrations": "station/catalogue/test_migrations.py",
    "catalogue/models": "station/catalogue/test_database.py",
    "cli": "e2e",  # the real command, from outside
    "context": "station/catalogue/test_database.py",
    "daemon/folder_watcher": "station/scanning/test_folder_intake.py",
    "daemon/heartbeat_service": "delivery/test_heartbeats.py",
    "daemon/packaging_service": "web/test_ledger_views.py",
    "daemon/reconciliation_service": "web/test_reconciliation.py",
    "delivery/destinations/contract": "station/delivery/test_queue.py",
    "delivery/destinations/folder": "station/delivery/test_folder_destination.py",
    "delivery/destinations": "delivery",  # real servers, real lines
    "delivery/progress": "delivery/test_bad_lines.py",
    "errors": "e2e/test_fault_sentences.py",
    "domain/checks": "station/ledger/test_page_checks.py",
    "domain/prometheus_text": "web/test_health.py",
    "domain/finding_limits": "station/settings/test_scan_profiles.py",
    "domain/identifiers": "station/province/test_station_sheet.py",
    "domain/loopback": "station/settings/test_settings.py",
    "domain/naming": "station/domain/test_naming.py",
    "domain/paper": "station/settings/test_scan_profiles.py",
    "domain/paper_fit": "station/ledger/test_ledger_paper.py",
    "domain/plan_subjects": "station/reports/test_plan.py",
    "domain/progress_classes": "station/reports/test_day_report.py",
    "domain/report_columns": "station/settings/test_settings.py",
    "domain/roles": "web/test_users.py",
    "domain/station_folder": "station/setup/test_prepared_folder.py",
    "domain/service_hours": "delivery/test_holding_back.py",
    "health/alerts": "web/test_health.py",
    "health/doctor": "station/health/test_doctor.py",
    "health/heartbeat": "delivery/test_heartbeats.py",
    "health/last_times": "web/test_health.py",
    "health/metrics": "web/test_health.py",
    "handover/returning": "station/handover/test_taking_over.py",
    "imaging/analysis": "station/scanning/test_scan_session.py",
    "imaging/capture_target": "station/imaging/test_target_measurement.py",
    "imaging/edge_sharpness": "station/imaging/test_target_measurement.py",
    "imaging/encoded_page": "station/copies/test_upload_copy.py",
    "imaging/findings": "station/imaging/test_findings.py",
    "imaging/image_facts": "station/imaging/test_analysis.py",
    "imaging/preview_files": "web/test_ledger_views.py",
    "imaging/thumbnails": "web/test_ledger_views.py",
    "imaging/worker": "station/scanning/test_scan_session.py",
    "imaging/worker_pool": "station/scanning/test_scan_session.py",
    "ledger/check_counts": "station/ledger/test_page_checks.py",
    "ledger/export_names": "station/domain/test_naming.py",
    "ledger/finding_resolutions": "station/review/test_questions.py",
    "ledger/hand_overs": "station/handover/test_handing_over.py",
    "ledger/near_duplicates": "station/imaging/test_findings.py",
    "ledger/page_placement": "station/ledger/test_spreads.py",
    "ledger/pages": "station/ledger/test_page_labels.py",
    "ledger/responsibility": "station/reports/test_plan.py",
    "ledger/size_findings": "station/ledger/test_ledger_paper.py",
    "packaging/downloads": "web/test_downloads.py",
    "packaging/entry_documents": "station/packaging/test_packages.py",
    "packaging/manifest": "station/packaging/test_packages.py",
    "province": "station/province/test_rollup.py",
    "reading/fields": "e2e/test_read_command.py",
    "reading/worker": "station/reading/test_worker_link.py",
    "receiver": "delivery/test_receiver.py",
    "reconciliation/foreign_entries": "station/reconciliation/test_reconcile.py",
    "reports/json_report": "station/reports/test_forms.py",
    "reports/minutes_paper": "station/reports/test_minutes.py",
    "reports/paper_form": "e2e/test_paper_in_browser.py",
    "reports/plan_chart": "station/reports/test_plan.py",
    "reports/progress": "station/reports/test_day_report.py",
    "reports/sending": "station/reports/test_revisions.py",
    "reports/table": "station/reports/test_forms.py",
    "reports/targets": "station/reports/test_plan.py",
    "reports/work": "station/reports/test_counts.py",
    "review/file_questions": "station/scanning/test_folder_intake.py",
    "review/reading_questions": "web/test_read_asks.py",
    "review/answers": "station/review/test_questions.py",
    "rows/row_checks": "station/rows/test_decisions.py",
    "scanning/acceptance": "e2e/test_order_of_durability.py",
    "scanning/originals": "station/scanning/test_folder_intake.py",
    "scanning/session_end": "station/scanning/test_scan_session.py",
    "scanning/session_originals": "station/scanning/test_folder_intake.py",
    "scanning/taken_files": "station/scanning/test_folder_intake.py",
    "scanning/target_scan": "station/scanning/test_target_measures.py",
    "scanning/pipeline": "station/scanning/test_scan_session.py",
    "scanning/spool": "station/scanning/test_recovery.py",
    "settings": "station/settings/test_settings.py",
    "setup/changed_settings": "station/setup/test_first_run.py",
    "setup/saved_answers": "station/setup/test_first_run.py",
    "spreadsheets": "station/spreadsheets/test_tables.py",
    "spreadsheets/csv_files": "station/reports/test_forms.py",
    "storage/checkpoints": "e2e/test_kills.py",
    "storage/data_folder": "e2e/test_whole_way.py",
    "storage/locks": "station/storage/test_durable.py",
    "storage/medium": "station/delivery/test_removable_media.py",
    "storage/proven_archive": "station/upkeep/test_backup.py",
    "storage/secret_file": "delivery/test_receive_command.py",
    "storage/token_file": "delivery/test_troubles.py",
    "system/cpu": "station/health/test_doctor.py",
    "system/lan": "web/test_lan.py",
    "system/sd_notify": "station/daemon/test_supervisor.py",
    "system/service": "station/setup/test_first_run.py",
    "daemon/uploaded_files_service": "station/scanning/test_uploaded_files.py",
    "undo/act_words": "station/views/test_history.py",
    "undo/entry_acts": "station/undo/test_acts.py",
    "upkeep/backup_seal": "station/upkeep/test_backup_proof.py",
    "upkeep/ledger_folder": "station/upkeep/test_rebuild.py",
    "upkeep/log_check": "station/catalogue/test_log_sealing.py",
    "upkeep/log_replay": "station/catalogue/test_log_sealing.py",
    "upkeep/rebuilt_ledger": "station/upkeep/test_rebuild.py",
    "upkeep/restore": "station/upkeep/test_backup.py",
    "views": "web",  # a view's rows are seen on the page
}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_has_its_tests(module: Path) -> None:
    if (ROOT / "tests" / "station" / module.parent / f"test_{module.name}.py").exists():
        return
    rooms = [str(module), *map(str, module.parents)]
    elsewhere = next((SEEN_ELSEWHERE[room] for room in rooms if room in SEEN_ELSEWHERE), None)
    assert elsewhere is not None, f"{module} has neither a twin in tests/station nor a line here"
    assert (ROOT / "tests" / elsewhere).exists()


@pytest.mark.parametrize("module", SEEN_ELSEWHERE)
def test_module_that_is_listed_is_there(module: str) -> None:
    there = ROOT / "station" / module
    assert there.is_dir() or there.with_suffix(".py").exists()


def test_class_name_stands_for_one_thing() -> None:
    """Private ones too: who looks for a class by its name finds one."""
    places = defaultdict(list)
    for package in ("drivers", "station", "web"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name.lstrip("_")].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
