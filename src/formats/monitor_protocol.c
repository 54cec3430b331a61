/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/monitor_protocol.h"

#include <errno.h>
#include <string.h>

#define EXIT_CODE_MAX 255
#define SIGNAL_MAX 64

/* The header as it lies in a packet. */
struct wire {
    uint8_t type, detail;
    uint16_t value;
    uint32_t number;
};
_Static_assert(sizeof(struct wire) == MONITOR_HEADER_SIZE, "the header never changes");

/* What each type may carry: the largest of its fields, whether data follows. What is 0 here must be 0 there.
 */
struct rule {
    uint8_t detail_max;
    bool needs_detail, value, number;
    uint32_t data_max; /* 0: none */
};

static const struct rule *find_rule(unsigned type)
{
    static const struct rule rules[] = {
        [MONITOR_HELLO] = {.detail_max = MONITOR_HELLO_FLAGS, .number = true},
        [MONITOR_STDIN] = {.data_max = MONITOR_STDIN_MAX},
        [MONITOR_STDIN_EOF] = {0},
        [MONITOR_RESIZE] = {.value = true, .number = true},
        [MONITOR_DETACH] = {0},
        [MONITOR_CLEANUP_DONE] = {0},
        [MONITOR_ACCEPTED] = {.detail_max = MONITOR_FACTS, .number = true},
        [MONITOR_OUTPUT] = {.detail_max = MONITOR_STDERR,
                            .needs_detail = true,
                            .data_max = MONITOR_OUTPUT_MAX},
        [MONITOR_LOST] = {.data_max = sizeof(uint64_t)},
        [MONITOR_STDIN_READY] = {0},
        [MONITOR_STDIN_CLOSED] = {0},
        [MONITOR_EXITED] = {.detail_max = 1, .value = true, .number = true},
    };
    bool known = (type >= MONITOR_HELLO && type <= MONITOR_CLEANUP_DONE) ||
                 (type >= MONITOR_ACCEPTED && type <= MONITOR_EXITED);
    return known ? &rules[type] : NULL;
}

/* What the table cannot say. */
static bool message_is_valid(const struct monitor_message *m)
{
    switch (m->type) {
    case MONITOR_HELLO:
    case MONITOR_ACCEPTED:
        return m->version > 0;
    case MONITOR_LOST:
        return m->lost > 0;
    case MONITOR_EXITED:
        return m->signal <= SIGNAL_MAX && m->exit_code <= EXIT_CODE_MAX;
    case MONITOR_STDIN:
    case MONITOR_STDIN_EOF:
    case MONITOR_RESIZE:
    case MONITOR_DETACH:
    case MONITOR_CLEANUP_DONE:
    case MONITOR_OUTPUT:
    case MONITOR_STDIN_READY:
    case MONITOR_STDIN_CLOSED:
        break;
    }
    return true;
}

static struct wire message_to_wire(const struct monitor_message *m)
{
    struct wire w = {.type = (uint8_t)m->type};
    switch (m->type) {
    case MONITOR_HELLO:
    case MONITOR_ACCEPTED:
        w.detail = (uint8_t)m->flags;
        w.number = m->version;
        break;
    case MONITOR_RESIZE:
        w.value = m->rows;
        w.number = m->columns;
        break;
    case MONITOR_OUTPUT:
        w.detail = (uint8_t)m->stream;
        break;
    case MONITOR_EXITED:
        w.detail = m->cleanup_is_yours;
        w.value = m->signal;
        w.number = m->exit_code;
        break;
    case MONITOR_STDIN:
    case MONITOR_STDIN_EOF:
    case MONITOR_DETACH:
    case MONITOR_CLEANUP_DONE:
    case MONITOR_LOST:
    case MONITOR_STDIN_READY:
    case MONITOR_STDIN_CLOSED:
        break;
    }
    return w;
}

static bool wire_is_valid(const struct wire *w, const struct rule *rule, size_t data_size)
{
    if (w->detail > rule->detail_max || (rule->needs_detail && w->detail == 0))
        return false;
    if ((!rule->value && w->value != 0) || (!rule->number && w->number != 0))
        return false;
    if (w->type == MONITOR_RESIZE && w->number > UINT16_MAX)
        return false;
    if (w->type == MONITOR_LOST)
        return data_size == sizeof(uint64_t);
    return rule->data_max == 0 ? data_size == 0 : data_size > 0 && data_size <= rule->data_max;
}

int monitor_message_encode(const struct monitor_message *m, uint8_t ret_bytes[2 * MONITOR_HEADER_SIZE])
{
    const struct rule *rule = find_rule(m->type);
    if (!rule || !message_is_valid(m) || m->flags > UINT8_MAX || (unsigned)m->stream > UINT8_MAX)
        return -EINVAL;
    struct wire w = message_to_wire(m);
    if (!wire_is_valid(&w, rule, m->type == MONITOR_LOST ? sizeof(m->lost) : m->size))
        return -EINVAL;
    memcpy(ret_bytes, &w, sizeof(w));
    if (m->type != MONITOR_LOST)
        return MONITOR_HEADER_SIZE;
    memcpy(ret_bytes + sizeof(w), &m->lost, sizeof(m->lost));
    return MONITOR_HEADER_SIZE + (int)sizeof(m->lost);
}

int monitor_message_decode(const void *bytes, size_t size, struct monitor_message *ret_message)
{
    struct wire w;
    if (size < sizeof(w) || size > MONITOR_MESSAGE_MAX)
        return -EPROTO;
    memcpy(&w, bytes, sizeof(w));
    const struct rule *rule = find_rule(w.type);
    if (!rule || !wire_is_valid(&w, rule, size - sizeof(w)))
        return -EPROTO;
    struct monitor_message m = {.type = w.type};
    const uint8_t *data = (const uint8_t *)bytes + sizeof(w);
    if (w.type == MONITOR_HELLO || w.type == MONITOR_ACCEPTED) {
        m.flags = w.detail;
        m.version = w.number;
    } else if (w.type == MONITOR_RESIZE) {
        m.rows = w.value;
        m.columns = (uint16_t)w.number;
    } else if (w.type == MONITOR_EXITED) {
        m.cleanup_is_yours = w.detail == 1;
        m.signal = w.value;
        m.exit_code = w.number;
    } else if (w.type == MONITOR_LOST) {
        memcpy(&m.lost, data, sizeof(m.lost));
    } else if (rule->data_max > 0) {
        m.stream = w.detail;
        m.data = data;
        m.size = (uint32_t)(size - sizeof(w));
    }
    if (!message_is_valid(&m))
        return -EPROTO;
    *ret_message = m;
    return 0;
}
