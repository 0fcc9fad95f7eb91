"""Each row of the contract's sections 2 to 6, 13 and 14, and the tests that show it.

A row is named by its section and by what it is about; a test by its module, without
`test_`, and its function, without `test_` too. `test_contract.py` asserts that the
tests exist, and that nothing the product has is missing here.
"""

COMMAND_LINE = {
    "2.script": "launch.every_kind_of_program",
    "2.-m": "launch.every_kind_of_program cli.program_module",
    "2.-c": "launch.every_kind_of_program cli.program_in_no_file",
    "2.directory": "launch.every_kind_of_program cli.program_directory_and_zip",
    "2.zip": "launch.every_kind_of_program cli.program_directory_and_zip",
    "2.standard input": "launch.script_on_standard_input",
    "2.--trace-dir": "cli.trace_directory cli.trace_directory_from_the_environment "
    "cli.defaults contract.trace_directory_is_made_with_its_parents",
    "2.-o": "cli.trace_directory",
    "2.--out-dir": "cli.trace_directory",
    "2.--format": "cli.format_in_any_case cli.usage_errors cli.defaults",
    "2.--activation-path": "cli.paths_are_free_of_symlinks "
    "activation.first_activation_of_a_module_is_its_import",
    "2.--trace-filter": "filters.metadata_lists_the_chain_in_order",
    "2.--on-recorder-error": "policy.option failures.failure_under_the_command_line",
    "2.--require-trace": "failures.nothing_recorded_under_the_command_line",
    "2.--keep-partial-trace": "policy.option failures.failure_under_the_command_line",
    "2.--log-level": "log.levels_and_targets "
    "log.a_recording_that_succeeds_says_nothing",
    "2.--log-file": "log.log_file_is_appended_to_wherever_the_program_goes",
    "2.--json-errors": "failures.start_that_fails_has_a_trailer",
    "2.--io-capture": "policy.io_capture_option streams.off",
    "2.--module-name-from-globals": "policy.module_names policy.option",
    "2.--no-module-name-from-globals": "policy.module_names policy.option",
    "2.--propagate-script-exit": "policy.propagated_status policy.option",
    "2.--no-propagate-script-exit": "policy.propagated_status policy.option",
    "2.--globals": "policy.option golden.golden",
    "2.--max-depth": "policy.option api.policy_of_a_session_bounds_its_values",
    "2.--max-items": "policy.option golden.golden",
    "2.--max-string": "policy.option api.policy_of_a_session_bounds_its_values",
    "2.--max-nodes": "policy.option golden.golden",
    "2.--max-variables": "policy.option golden.golden",
    "2.--max-trace-size": "isolated/limits.max_trace_size",
    "2.--keep-last": "isolated/keep_last.the_end_is_kept",
    "2.--min-free": "isolated/limits.min_free isolated/limits.min_free_by_default",
    "2.--print-default-filter": "filter_files.print_default_filter",
    "2.--check-filter": "filter_files.check_filter",
    "2.--explain-filter": "filter_files.explain_filter",
    "2.--thread-records": "policy.thread_records",
    "2.--recover": "isolated/recover.recovers_in_the_directory_itself",
    "2.--version": "cli.version",
    "2.-V": "cli.version",
    "2.--help": "cli.help_names_every_option",
    "2.-h": "contract.help_in_short",
    "2.arguments reach the script unchanged": "cli.arguments_of_the_script "
    "launch.program_sees_a_plain_start",
    "2.one -- is a separator": "cli.arguments_of_the_script",
    "2.as under python": "launch.program_sees_a_plain_start "
    "launch.environment_is_the_plain_one fidelity.behaves_as_plain",
    "2.exit status of the script": "launch.end_of_the_program",
    "2.an interrupt is the signal": "launch.interrupt_ends_by_the_signal",
    "2.threads and exit functions": "golden.golden launch.end_of_the_program",
    "2.nothing on the streams": "log.a_recording_that_succeeds_says_nothing",
    "2.no argparse.py of the directory": "launch.standard_library_is_not_taken_from_"
    "the_current_directory",
    "2.status 1 of a start": "launch.recorder_that_cannot_start_ends_with_1",
    "2.status 1 of a stop": "failures.failure_under_a_program_that_succeeds",
    "2.status 1 without a trace": "failures.nothing_recorded_under_the_command_line",
    "2.status 2": "cli.usage_errors contract.usage_errors_end_with_what_to_type",
    "2.status 0 and the notice": "policy.propagated_status",
    "2.texts of usage errors": "cli.usage_errors",
    "2.Failed to start": "launch.recorder_that_cannot_start_ends_with_1",
    "2.DISABLED": "launch.disabled_runs_without_recording",
    "2.progress on a terminal": "isolated/helper.a_line_on_the_terminal",
}

API = {
    "3.start": "contract.keywords_of_a_session session.start_with_defaults",
    "3.stop": "contract.defaults_of_functions api.stop_with_an_exit_code",
    "3.flush": "session.stop_and_flush_without_a_session_do_nothing "
    "isolated/helper.flush",
    "3.is_tracing": "session.block_stops_also_after_an_exception",
    "3.trace": "contract.keywords_of_a_session "
    "session.trace_starts_when_the_block_is_entered",
    "3.TraceSession": "session.handle_built_by_hand contract.defaults_of_functions "
    "session.handle_stops_only_its_own_session",
    "3.configure_policy": "policy.value_from_keyword_and_variable",
    "3.configure_policy_from_env": "policy.value_from_keyword_and_variable",
    "3.policy_snapshot": "policy.defaults",
    "3.DEFAULT_FORMAT": "contract.formats",
    "3.TRACE_BINARY": "contract.formats",
    "3.TRACE_JSON": "contract.formats",
    "3.exceptions": "contract.names_of_the_package",
    "3.tracing already active": "session.second_start_is_refused",
    "3.path is no directory": "session.path_that_is_a_file",
    "3.bad format": "session.unsupported_format",
    "3.trace_filter": "session.filters_are_resolved_in_order",
    "3.texts of trace_filter": "session.filters_that_cannot_be_used",
    "3.stop without a session": "session.stop_and_flush_without_a_session_do_nothing",
    "3.stop that raises": "api.directory_that_disappears "
    "failures.failure_under_the_api",
    "3.second session": "api.second_session_is_as_complete_as_the_first",
    "3.own frames": "api.recorder_is_not_recorded",
    "3.native functions": "contract.native_signatures",
    "3.native exceptions": "contract.errors_are_the_same_objects",
    "3.session.py": "contract.names_of_the_facade "
    "session.stop_passes_the_exit_code_only_when_known",
    "3.helpers of session.py": "session.coerce_format "
    "session.home_directory_is_expanded",
    "3.auto_start.py": "contract.names_of_the_facade "
    "auto_start.function_goes_through_the_session",
    "3.main": "launch.main_with_arguments_runs_a_child contract.defaults_of_functions",
    "3._parse_args": "cli.defaults cli.policy_has_only_what_was_given",
    "3.formats.py": "contract.formats",
    "3.trace_balance.py": "trace_balance.summary trace_balance.result_is_frozen "
    "trace_balance.file_that_is_no_trace",
    "3.check_trace_balance.py": "trace_balance.script "
    "trace_balance.script_as_a_function",
}

_SETTING = "policy.value_from_keyword_and_variable policy.bad_variable"
ENVIRONMENT = {
    "4.CODETRACER_PYTHON_RECORDER_OUT_DIR": "cli.trace_directory_from_the_environment",
    "4.CODETRACER_PYTHON_RECORDER_DISABLED": "launch.disabled_runs_without_recording "
    "auto_start.disabled",
    "4.CODETRACER_TRACE": "auto_start.session_is_finished_whatever_the_way_out "
    "auto_start.nothing_without_the_variable",
    "4.CODETRACER_TRACE with %p": "auto_start.forked_children_have_traces_of_their_own "
    "auto_start.child_with_the_process_id_has_its_own_trace",
    "4.CODETRACER_TRACE without %p": "auto_start.child_says_so_at_level_info "
    "auto_start.child_does_not_write_into_its_parents_directory "
    "auto_start.forked_child_without_the_process_id_records_nothing",
    "4.CODETRACER_TRACE and the command line": "auto_start.command_line_uses_its_own_"
    "options",
    "4.CODETRACER_FORMAT": "auto_start.session_is_finished_whatever_the_way_out "
    "auto_start.default_format_is_binary auto_start.bad_variable_is_an_error_of_"
    "the_import",
    "4.CODETRACER_TRACE_FILTER": "auto_start.function_goes_through_the_session "
    "filters.metadata_lists_the_chain_in_order",
    "4.CODETRACER_ON_RECORDER_ERROR": _SETTING,
    "4.CODETRACER_REQUIRE_TRACE": _SETTING,
    "4.CODETRACER_KEEP_PARTIAL_TRACE": _SETTING,
    "4.CODETRACER_JSON_ERRORS": _SETTING,
    "4.CODETRACER_LOG_LEVEL": _SETTING,
    "4.CODETRACER_LOG_FILE": "policy.value_from_keyword_and_variable",
    "4.CODETRACER_CAPTURE_IO": "policy.io_capture policy.io_capture_that_there_is_not",
    "4.CODETRACER_MODULE_NAME_FROM_GLOBALS": _SETTING,
    "4.CODETRACER_PROPAGATE_SCRIPT_EXIT": f"{_SETTING} policy.propagated_status",
    "4.CODETRACER_GLOBALS": _SETTING,
    "4.CODETRACER_MAX_DEPTH": _SETTING,
    "4.CODETRACER_MAX_ITEMS": _SETTING,
    "4.CODETRACER_MAX_STRING": _SETTING,
    "4.CODETRACER_MAX_NODES": _SETTING,
    "4.CODETRACER_MAX_VARIABLES": _SETTING,
    "4.CODETRACER_THREAD_RECORDS": _SETTING,
    "4.CODETRACER_MAX_TRACE_SIZE": "isolated/limits.from_the_environment",
    "4.CODETRACER_MIN_FREE": "isolated/limits.from_the_environment",
    "4.CODETRACER_KEEP_LAST": "isolated/keep_last.from_the_environment",
    "4.booleans": "policy.value_from_keyword_and_variable",
    "4.bad value": "policy.bad_variable policy.bad_value_at_the_start_of_a_program",
}

POLICY = {
    "5.on_recorder_error": "policy.bad_keyword failures.failure_under_the_api",
    "5.require_trace": "policy.bad_keyword failures.nothing_recorded_under_the_api",
    "5.keep_partial_trace": "policy.bad_keyword failures.failure_under_the_api",
    "5.log_level": "policy.bad_keyword policy.texts_are_cleared_by_empty_ones",
    "5.log_file": "policy.bad_keyword policy.texts_are_cleared_by_empty_ones",
    "5.json_errors": "policy.bad_keyword failures.no_trailer_unless_asked_for",
    "5.module_name_from_globals": "policy.bad_keyword policy.module_names",
    "5.propagate_script_exit": "policy.bad_keyword policy.propagated_status",
    "5.globals": "policy.bad_keyword golden.golden",
    "5.max_depth": "policy.bad_keyword api.policy_of_a_session_bounds_its_values",
    "5.max_items": "policy.bad_keyword golden.golden",
    "5.max_string": "policy.bad_keyword api.policy_of_a_session_bounds_its_values",
    "5.max_nodes": "policy.bad_keyword golden.golden",
    "5.max_variables": "policy.bad_keyword golden.golden",
    "5.thread_records": "policy.bad_keyword policy.thread_records",
    "5.max_trace_size": "isolated/limits.sizes_of_the_policy "
    "isolated/limits.from_the_api",
    "5.keep_last": "isolated/keep_last.less_is_refused",
    "5.min_free": "isolated/limits.sizes_of_the_policy",
    "5.io_capture": "policy.io_capture policy.io_capture_that_there_is_not",
    "5.None leaves a setting": "policy.none_leaves_and_a_typed_value_sets",
    "5.empty text clears": "policy.texts_are_cleared_by_empty_ones",
    "5.RecorderError": "contract.errors_are_the_same_objects "
    "session.errors_are_one_family",
    "5.UsageError": "session.errors_are_one_family api.values_the_policy_refuses",
    "5.EnvironmentError": "session.errors_are_one_family api.failing_start",
    "5.TargetError": "session.errors_are_one_family failures.failure_under_the_api",
    "5.InternalError": "session.errors_are_one_family failures.failure_under_the_api",
    "5.str of an error": "contract.text_of_an_error_shows_its_context",
    "5.context": "api.context_of_an_error_is_text",
    "5.ERR_UNKNOWN": "failures.failure_under_the_api",
    "5.ERR_ALREADY_TRACING": "session.native_start_while_active",
    "5.ERR_TRACE_DIR_CONFLICT": "api.directory_of_a_running_recording",
    "5.ERR_TRACE_DIR_CREATE_FAILED": "api.failing_start "
    "launch.recorder_that_cannot_start_ends_with_1",
    "5.ERR_UNSUPPORTED_FORMAT": "contract.native_start_refuses_a_format",
    "5.ERR_MISSING_POSITIONAL_ARG": "failures.failure_under_the_api",
    "5.ERR_MISSING_KEYWORD_ARG": "failures.failure_under_the_api",
    "5.ERR_FRAME_INTROSPECTION_FAILED": "failures.failure_under_the_api",
    "5.ERR_GLOBALS_INTROSPECTION_FAILED": "failures.failure_under_the_api",
    "5.ERR_TRACER_INSTALL_CONFLICT": "api.tool_ids_in_use_are_left_alone "
    "isolated/hostile.without_the_gil_start_is_refused",
    "5.ERR_IO": "api.start_that_fails_half_way_leaves_nothing "
    "api.directory_that_disappears",
    "5.ERR_INVALID_POLICY_VALUE": "policy.bad_keyword policy.bad_variable",
    "5.ERR_TRACE_MISSING": "failures.nothing_recorded_under_the_api",
    "5.ERR_TRACE_INCOMPLETE": "failures.failure_under_the_api",
    "5.a trace that cannot be written": "isolated/deaths.the_tape_cannot_grow "
    "isolated/deaths.a_full_disk isolated/deaths.a_loss_is_told_when_it_happens",
    "5.abort": "failures.failure_under_the_command_line "
    "failures.error_that_the_program_handles_still_spoils_the_status",
    "5.disable": "failures.failure_under_the_command_line "
    "failures.failure_under_a_program_that_succeeds",
    "5.trailer": "failures.failure_under_the_command_line",
    "5.injected py_start": "failures.failure_under_the_command_line",
    "5.injected line": "failures.failure_under_the_command_line",
    "5.injected finish": "failures.failure_under_the_command_line",
    "5.injected suppress-events": "failures.nothing_recorded_under_the_command_line",
    "5.injected target-args": "failures.failure_under_the_command_line",
    "5.injected panic": "failures.failure_under_the_command_line",
}

ACTIVATION = {
    "6.first activation": "activation.first_activation_of_a_module_is_its_import "
    "activation.recursion_ends_with_the_first_activation",
    "6.ends by an exception": "activation.exception_out_of_the_activation",
    "6.generators": "activation.generator_of_the_activation_file "
    "activation.generator_that_is_ended_from_outside",
    "6.threads": "activation.threads_started_inside "
    "activation.activation_in_another_thread",
    "6.paths are compared as files": "activation.absolute_path "
    "activation.first_activation_of_a_module_is_its_import "
    "activation.changed_directory_does_not_matter",
    "6.-m": "activation.main_file_as_the_activation_file",
    "6.a filtered file": "activation.file_that_is_not_recorded_opens_and_closes_the_"
    "window filters.a_skipped_activation_file_opens_and_closes_the_window",
    "6.never entered": "failures.activation_file_that_is_never_entered",
    "6.API with start_on_enter": "api.start_on_enter_opens_and_closes_the_window "
    "activation.api_outside_the_file_records_nothing",
    "6.API without": "api.frames_that_run_already_open_at_their_next_event",
    "6.command line without": "launch.every_kind_of_program golden.golden "
    "contract.package_is_recorded_from_its_init",
}

LOG = {
    "13.lines of JSON": "log.lines_on_standard_error",
    "13.descriptor 2 as it was": "log.closed_standard_error_gets_nothing",
    "13.log file": "log.log_file_is_appended_to_wherever_the_program_goes "
    "log.bad_log_file_is_one_clear_error",
    "13.default level": "log.a_recording_that_succeeds_says_nothing",
    "13.level specs": "log.levels_and_targets policy.bad_keyword",
    "13.error_code": "log.failure_in_the_log_file_reaches_standard_error_too",
    "13.nothing in logging": "log.nothing_of_ours_in_the_programs_logging",
}

DETAILS = {
    "14.CODETRACER_RECORDING": "policy.default_under_codetracer "
    "policy.propagated_status failures.failure_under_codetracer",
    "14.four positional arguments": (
        "session.start_calls_the_backend_with_four_arguments"
    ),
    "14.exit code positionally": "session.stop_passes_the_exit_code_only_when_known",
    "14.filters are checked to be files": "session.filters_that_cannot_be_used "
    "filters.a_bad_file_through_the_api_is_a_usage_error",
    "14.native start while active": "session.native_start_while_active",
    "14._parse_args": "cli.paths_are_free_of_symlinks cli.program_module "
    "cli.program_in_no_file cli.program_directory_and_zip policy.option",
    "14.helpers": "session.home_directory_is_expanded "
    "session.filters_are_resolved_in_order "
    "session.handle_built_by_hand",
    "14.failed to create trace directory": "api.failing_start",
    "14.recorder policy requires a trace": (
        "failures.nothing_recorded_under_the_command_line"
    ),
    "14.a dropped trace": "failures.failure_under_the_command_line "
    "failures.dropped_trace_leaves_no_older_one",
    "14.the trailer is last": "failures.failure_under_a_program_that_succeeds",
    "14.abort through the API": "failures.failure_under_the_api",
    "14.cleared log settings": "policy.texts_are_cleared_by_empty_ones",
    "14.policy takes a Path": "session.start_calls_the_backend_with_four_arguments "
    "policy.texts_are_cleared_by_empty_ones",
    "14.trace_balance": "trace_balance.summary trace_balance.script",
    "14.metadata has resolved paths": "activation.codetracers_own_command_lines "
    "contract.paths_in_the_metadata_are_resolved",
    "14.nothing writes after stop": "contract.directory_can_be_removed_at_once",
    "14.stdout of an automatic start": (
        "auto_start.session_is_finished_whatever_the_way_out auto_start.recipe"
    ),
    "1.launcher's command lines": "activation.codetracers_own_command_lines",
    "1.console script": "launch.console_script",
    "1.cheap import": "cli.import_is_cheap",
    "1.no dependencies": "contract.distribution",
}

ROWS = COMMAND_LINE | API | ENVIRONMENT | POLICY | ACTIVATION | LOG | DETAILS
