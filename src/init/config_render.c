/* SPDX-License-Identifier: Apache-2.0 */
#include "init/config.h"

#include "init/files.h"

struct renderer {
    char *text;
    size_t size, length;
    bool full;
};

static void put(struct renderer *r, const char *format, ...) printf_like(2, 3);

static void put(struct renderer *r, const char *format, ...)
{
    va_list args;
    size_t room = r->size - r->length;
    va_start(args, format);
    size_t n = format_text_v(r->text + r->length, room, format, args);
    va_end(args);
    r->length += n;
    r->full = r->full || n + 1 >= room;
}

/* Always quoted: then nothing in it can be taken for a key, a comment or a section. */
static void put_word(struct renderer *r, const char *prefix, const char *word)
{
    put(r, " \"%s", prefix);
    for (const char *p = word; *p != '\0'; p++)
        put(r, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    put(r, "\"");
}

static void put_words(struct renderer *r, const char *prefix, char **words)
{
    for (char **word = words; *word; word++)
        put_word(r, word == words ? prefix : "", *word);
}

static void put_probe(struct renderer *r, const struct probe *p)
{
    char place[80];
    bool v6 = strchr(p->host, ':') != NULL;
    format_text(place, sizeof(place), "%s:%s%s%s:%u", p->kind == PROBE_TCP ? "tcp" : "http", v6 ? "[" : "",
                p->host, v6 ? "]" : "", p->port);
    if (p->kind == PROBE_EXEC)
        put_words(r, "exec:", p->command);
    else if (p->kind == PROBE_FILE)
        put_word(r, "file:", p->path);
    else if (p->kind == PROBE_FD)
        put(r, " fd:%d", p->fd);
    else if (p->kind == PROBE_NOTIFY)
        put(r, " notify");
    else
        put_word(r, place, p->path ? p->path : "");
}

static void put_needs(struct renderer *r, const struct config *c, uint32_t needs)
{
    put(r, "need =");
    for (size_t i = 0; i < c->service_count; i++)
        if (needs & UINT32_C(1) << i)
            put(r, " %s", c->services[i].name);
    put(r, "\n");
}

static void put_life(struct renderer *r, const struct service *s)
{
    static const char *const when[] = {"never", "failure", "always"};
    if (s->ready.kind != PROBE_NONE) {
        put(r, "ready =");
        put_probe(r, &s->ready);
        if (s->ready.kind != PROBE_EXEC)
            put(r, " %ldms", (long)s->ready_timeout_ms);
        put(r, "\n");
    }
    if (s->health.kind != PROBE_NONE) {
        put(r, "health =");
        put_probe(r, &s->health);
        put(r, " %ldms x%u\n", (long)s->health_interval_ms, s->health_tries);
    }
    const char *name = signal_name(s->stop_signal);
    if (name[0])
        put(r, "stop = %s", name);
    else
        put(r, "stop = RTMAX-%d", 64 - s->stop_signal);
    put(r, " %ldms after %ldms\n", (long)s->stop_timeout_ms, (long)s->stop_drain_ms);
    put(r, "restart = %s %ldms..%ldms give-up ", when[s->restart], (long)s->restart_min_ms,
        (long)s->restart_max_ms);
    if (s->give_up_count > 0)
        put(r, "%u/%ldms\n", s->give_up_count, (long)s->give_up_ms);
    else
        put(r, "never\n");
}

static void put_service(struct renderer *r, const struct config *c, size_t index)
{
    const struct service *s = &c->services[index];
    put(r, "[%s]\nrun =", s->name);
    put_words(r, "", s->run);
    put(r, "\n");
    if (s->user) {
        put(r, "user =");
        put_word(r, "", s->user);
        put(r, "\n");
    }
    if (s->folder) {
        put(r, "dir =");
        put_word(r, "", s->folder);
        put(r, "\n");
    }
    for (size_t i = 0; i < s->environment_count; i++) {
        put(r, "env =");
        put_word(r, "", s->environment[i]);
        put(r, "\n");
    }
    if (s->needs)
        put_needs(r, c, s->needs);
    if (s->main)
        put(r, "main = yes\n");
    if (s->once)
        put(r, "once = %s\n", s->once == ONCE_MAY_FAIL ? "may-fail" : "yes");
    put_life(r, s);
    if (s->log_folder) {
        put(r, "log =");
        put_word(r, "", s->log_folder);
        put(r, " %ux%luk\n", s->log_files, (unsigned long)(s->log_size >> 10));
    }
    for (size_t i = 0; i < c->listen_count; i++) {
        if (c->listens[i].service != index)
            continue;
        put(r, "listen =");
        put_word(r, "", c->listens[i].text);
        put(r, "\n");
    }
}

bool config_render(const struct config *c, char *ret_text, size_t size)
{
    static const char *const when[] = {"mismatch", "always", "never"};
    struct renderer r = {ret_text, size, 0, false};
    if (c->user) {
        put(&r, "user =");
        put_word(&r, "", c->user);
        put(&r, "\n");
    }
    for (size_t i = 0; i < c->own_count; i++) {
        const struct own_rule *own = &c->owns[i];
        put(&r, "own =");
        for (size_t j = 0; j < own->path_count; j++)
            put_word(&r, "", own->paths[j]);
        if (own->from)
            put_word(&r, "from=", own->from);
        if (own->to)
            put_word(&r, "to=", own->to);
        put(&r, " %s\n", when[own->when]);
    }
    for (size_t i = 0; i < c->service_count; i++)
        put_service(&r, c, i);
    return !r.full;
}
