/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Messages between unroot-monitor and its clients, one a packet of an AF_UNIX SOCK_SEQPACKET socket: eight
 * bytes of header (type, detail, 16-bit value, 32-bit number; the machine's byte order), then data. A monitor
 * outlives an upgrade of the program, so the header never changes and hello/accepted carry a version.
 *
 *   client                                    monitor
 *   HELLO detail=flags number=version   ->
 *                                       <-    ACCEPTED detail=facts number=version   (or the connection is
 * closed) STDIN data, one at a time           ->
 *                                       <-    STDIN_READY       that one was written: the next may be sent
 *                                       <-    STDIN_CLOSED      nothing more is taken
 *   STDIN_EOF | RESIZE rows, columns    ->
 *                                       <-    OUTPUT detail=stream data
 *                                       <-    LOST data=count   so many bytes were dropped here: this client
 * was slow
 *                                       <-    EXITED detail=1 when the clean-up is this client's,
 * value=signal, number=code CLEANUP_DONE, or: closes            -> DETACH, or: closes                  ->
 */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>

#define MONITOR_PROTOCOL_VERSION 1
#define MONITOR_HEADER_SIZE 8
#define MONITOR_STDIN_MAX 4096
#define MONITOR_OUTPUT_MAX 32768
#define MONITOR_MESSAGE_MAX (MONITOR_HEADER_SIZE + MONITOR_OUTPUT_MAX)

enum monitor_message_type {
    MONITOR_HELLO = 1,
    MONITOR_STDIN,
    MONITOR_STDIN_EOF,
    MONITOR_RESIZE,
    MONITOR_DETACH,
    MONITOR_CLEANUP_DONE,
    MONITOR_ACCEPTED = 65,
    MONITOR_OUTPUT,
    MONITOR_LOST,
    MONITOR_STDIN_READY,
    MONITOR_STDIN_CLOSED,
    MONITOR_EXITED,
};

/* HELLO: what the client wants. None of them: only to be told EXITED. */
enum monitor_hello_flag {
    MONITOR_WANTS_OUTPUT = 1,
    MONITOR_WANTS_STDIN = 2,
    MONITOR_WANTS_ALL = 4,     /* the payload waits for this client rather than losing output for it */
    MONITOR_WANTS_CLEANUP = 8, /* will clean up after EXITED, then say CLEANUP_DONE */
    MONITOR_HELLO_FLAGS = 15,
};

/* ACCEPTED: how things are. */
enum monitor_fact {
    MONITOR_IS_TTY = 1,
    MONITOR_TAKES_STDIN = 2,
    MONITOR_FACTS = 3,
};

enum monitor_stream {
    MONITOR_STDOUT = 1,
    MONITOR_STDERR = 2,
};

struct monitor_message {
    enum monitor_message_type type;
    unsigned flags;             /* HELLO, ACCEPTED */
    uint32_t version;           /* HELLO, ACCEPTED; 1 or more */
    enum monitor_stream stream; /* OUTPUT */
    uint16_t rows, columns;     /* RESIZE */
    uint64_t lost;              /* LOST; 1 or more */
    bool cleanup_is_yours;      /* EXITED */
    uint16_t signal;            /* EXITED: 0, or what ended it, 1..64 */
    uint32_t exit_code;         /* EXITED: 0..255; 128 + signal */
    const void *data;           /* STDIN 1..MONITOR_STDIN_MAX, OUTPUT 1..MONITOR_OUTPUT_MAX bytes; lent */
    uint32_t size;
};

/* Writes the header and, for LOST, the count behind it. Returns the number of bytes in ret_bytes (the data of
 * STDIN and OUTPUT follows as a second piece: sendmsg(2)), or -EINVAL for a message that breaks a rule above.
 */
int monitor_message_encode(const struct monitor_message *m,
                           uint8_t ret_bytes[2 * MONITOR_HEADER_SIZE]) must_check;
/* One packet. -EPROTO for anything that encode cannot have written; the message lends `bytes`. */
int monitor_message_decode(const void *bytes, size_t size, struct monitor_message *ret_message) must_check;
