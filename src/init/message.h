/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What process 1 and a stub say to each other, one struct a packet on a SOCK_SEQPACKET pair. */
#include <stdint.h>

enum message_kind {
    /* process 1 to stub */
    MESSAGE_START = 1,
    MESSAGE_STOP, /* value 1: without the drain delay */
    MESSAGE_RESTART,
    MESSAGE_SIGNAL, /* value: the signal for the service's main process */
    /* stub to process 1 */
    MESSAGE_STARTED, /* value: the pid */
    MESSAGE_READY,
    MESSAGE_HEALTHY, /* value 0 or 1 */
    MESSAGE_WAITING, /* value: ms until the next start */
    MESSAGE_ENDED,   /* value: exit status; it will not be started again by itself */
    MESSAGE_GAVE_UP, /* as above, after too many failures */
};

struct message {
    uint32_t kind;
    int32_t value;
};

/* 0, -ECONNRESET when the other side is gone, -EAGAIN when there is none (receive on a socket that does not
 * block). */
int message_send(int fd, enum message_kind kind, int value) __attribute__((warn_unused_result));
int message_receive(int fd, struct message *ret_message) __attribute__((warn_unused_result));
