/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* ROOT/containers/ID/exit.json: how a container last ended. Written by the monitor as "exit.json.new", then
 * renamed:
 *   {"exit_code":137,"signal":9,"finished":"2026-11-21T20:33:41.123456789Z","oom_killed":null} */
#include "base/ownership.h"
#include "formats/timestamp.h"

#define EXIT_RECORD_NAME "exit.json"
#define EXIT_RECORD_NEW_NAME "exit.json.new"
#define EXIT_RECORD_MAX 160

enum exit_oom {
    EXIT_OOM_UNKNOWN, /* null: the monitor does not know; the engine asks the cgroup and writes again */
    EXIT_OOM_NO,
    EXIT_OOM_YES,
};

struct exit_record {
    int exit_code; /* 0..255; 128 + signal */
    int signal;    /* 0, or 1..64 */
    struct timespec finished;
    enum exit_oom oom_killed;
};

/* One line with its line feed; returns its length. */
size_t exit_record_encode(const struct exit_record *record, char ret_text[EXIT_RECORD_MAX]);
/* Only what encode writes. -EINVAL otherwise. */
int exit_record_decode(const char *text, size_t size, struct exit_record *ret_record) must_check;
