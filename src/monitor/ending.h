/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How process 1 ended, and what is left to do about it. */
#include "formats/exit_record.h"
#include "formats/monitor_settings.h"

/* Reaps process 1 without waiting. -EAGAIN: it runs. -ECHILD: someone else has reaped it (the record says
 * 255). */
int ending_reap(int pidfd, struct exit_record *ret_record) must_check;
/* Writes exit.json into the container's folder or, when that cannot be written (full disk), into its run
 * folder. When both fail nothing is left to do: clients hear the status, the next command finds process 1
 * gone. */
void ending_record(const struct monitor_settings *s, const struct exit_record *record);
/* Executes the clean-up command with default signals; returns only when it cannot be executed. */
void ending_clean_up(const struct monitor_settings *s);
