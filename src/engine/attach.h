/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The socket RUNROOT/containers/ID/attach.sock, both ends, and the client's first words. */
#include "base/ownership.h"
#include "formats/monitor_protocol.h"

/* Makes the listening socket (mode 0600) in the container's run folder, replacing a stale one: for
 * MONITOR_FD_LISTEN, before the supervisor is forked. Close-on-exec; the caller's. */
int attach_listen(int container_run_fd, int *ret_fd) must_check;
/* Two connected ends: ret_monitor_fd for MONITOR_FD_CLIENT, ret_client_fd for attach_hello(). Close-on-exec.
 */
int attach_pair(int *ret_monitor_fd, int *ret_client_fd) must_check;
/* Connects to the monitor of container `id` below run_fd (RUNROOT). -ENOTCONN: no monitor is there (the
 * container does not run; exit.json says how it ended, unless the monitor was killed). */
int attach_connect(int run_fd, const char *id, int *ret_client_fd) must_check;
/* Says what the client wants (enum monitor_hello_flag); may be said at once, the monitor need not run yet. */
int attach_hello(int client_fd, unsigned flags) must_check;
/* Waits for the monitor's end of a client that wants nothing but EXITED. -ENOTCONN: the monitor went away
 * before. */
int attach_wait(int client_fd, struct monitor_message *ret_exited) must_check;
/* Tells the monitor that the client has cleaned up: it then ends without executing the clean-up command. */
int attach_cleanup_done(int client_fd) must_check;
