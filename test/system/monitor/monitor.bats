#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# unroot-monitor, the log and the relay (scenarios.py, relays.py), each test a function there.

bats_require_minimum_version 1.5.0

setup() {
    [ -z "$SUITE_MISSING" ] || skip "$SUITE_MISSING"
    export TMPDIR=$BATS_TEST_TMPDIR
}

# scenario NAME: in a mount namespace of its own, and not for ever.
scenario() {
    timeout -k 5 120 unshare -m python3 "$BATS_TEST_DIRNAME/scenarios.py" "$1"
}

@test "monitor: exit statuses" { scenario exit_statuses; }
@test "monitor: cleanup has power and a clean start" { scenario cleanup_has_power_and_a_clean_start; }
@test "monitor: cleanup by the client" { scenario cleanup_by_the_client; }
@test "monitor: cleanup when the client goes away" { scenario cleanup_when_the_client_goes_away; }
@test "monitor: cleanup is given to one" { scenario cleanup_is_given_to_one; }
@test "monitor: client killed at any moment" { scenario client_killed_at_any_moment; }
@test "monitor: stray process holds the pipe" { scenario stray_process_holds_the_pipe; }
@test "monitor: monitor killed" { scenario monitor_killed; }
@test "monitor: idle footprint and power" { scenario idle_footprint_and_power; }
@test "monitor: memory is given back" { scenario memory_is_given_back; }
@test "monitor: signals do not end it" { scenario signals_do_not_end_it; }
@test "monitor: does not hold the callers terminal" { scenario does_not_hold_the_callers_terminal; }
@test "monitor: started by hand" { scenario started_by_hand; }
@test "monitor: two clients" { scenario two_clients; }
@test "monitor: first client sees the first byte" { scenario first_client_sees_the_first_byte; }
@test "monitor: stuck client blocks nobody" { scenario stuck_client_blocks_nobody; }
@test "monitor: stopped client blocks nobody" { scenario stopped_client_blocks_nobody; }
@test "monitor: slow client that wants all gets all" { scenario slow_client_that_wants_all_gets_all; }
@test "monitor: dead client that wanted all holds nobody" { scenario dead_client_that_wanted_all_holds_nobody; }
@test "monitor: bad clients are dropped" { scenario bad_clients_are_dropped; }
@test "monitor: other users are refused" { scenario other_users_are_refused; }
@test "monitor: stdin whole and ended" { scenario stdin_whole_and_ended; }
@test "monitor: stdin ends with its client" { scenario stdin_ends_with_its_client; }
@test "monitor: stdin outlives a client that detaches" { scenario stdin_outlives_a_client_that_detaches; }
@test "monitor: stdin stays open when not once" { scenario stdin_stays_open_when_not_once; }
@test "monitor: stdin that nobody reads" { scenario stdin_that_nobody_reads; }
@test "monitor: terminal size and echo" { scenario terminal_size_and_echo; }
@test "monitor: terminal interrupt" { scenario terminal_interrupt; }
@test "monitor: terminal closed and opened again" { scenario terminal_closed_and_opened_again; }
@test "monitor: terminal last words" { scenario terminal_last_words; }
@test "log: entries and streams" { scenario log_entries_and_streams; }
@test "log: long lines and any bytes" { scenario log_long_lines_and_any_bytes; }
@test "log: rotates" { scenario log_rotates; }
@test "log: goes on after a restart" { scenario log_goes_on_after_a_restart; }
@test "log: on a full disk" { scenario log_on_a_full_disk; }
@test "log: read back" { scenario log_read_back; }
@test "log: timestamps stand at line starts" { scenario log_timestamps_stand_at_line_starts; }
@test "log: survives garbage" { scenario log_survives_garbage; }
@test "log: followed over rotation" { scenario log_followed_over_rotation; }
@test "log: follow of an ended container" { scenario log_follow_of_an_ended_container; }
@test "relay: whole streams" { scenario relay_whole_streams; }
@test "relay: statuses" { scenario relay_statuses; }
@test "relay: cleans up" { scenario relay_cleans_up; }
@test "relay: without input leaves it" { scenario relay_without_input_leaves_it; }
@test "relay: terminal talk" { scenario relay_terminal_talk; }
@test "relay: terminal first size" { scenario relay_terminal_first_size; }
@test "relay: terminal restored on every end" { scenario relay_terminal_restored_on_every_end; }
@test "relay: terminal stopped and continued" { scenario relay_terminal_stopped_and_continued; }
@test "relay: ctrl z without terminal payload" { scenario relay_ctrl_z_without_terminal_payload; }
@test "relay: proxies signals" { scenario relay_proxies_signals; }
@test "relay: signal without proxy" { scenario relay_signal_without_proxy; }
@test "relay: closed output" { scenario relay_closed_output; }
@test "relay: full device" { scenario relay_full_device; }
@test "relay: blocked output still hears signals" { scenario relay_blocked_output_still_hears_signals; }
@test "relay: slow reader loses nothing" { scenario relay_slow_reader_loses_nothing; }
@test "relay: idle costs nothing" { scenario relay_idle_costs_nothing; }
