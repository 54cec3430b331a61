/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of unroot.conf, one row and one function each. */
#include "init/address.h"
#include "init/config_memory.h"
#include "init/duration.h"
#include "init/files.h"

#include <errno.h>

static bool word_is(const struct setting *s, size_t i, const char *text)
{
    return i < s->count && strcmp(s->words[i].text, text) == 0;
}

static int one_word(const struct setting *s, const char **ret_value, struct failure *f)
{
    if (s->count != 1)
        return config_fail(s, f, "%s takes one word", s->key);
    *ret_value = s->words[0].text;
    return 0;
}

static int one_duration(const struct setting *s, size_t i, int64_t *ret_ms, struct failure *f)
{
    if (i >= s->count || duration_parse(span_of(s->words[i].text), ret_ms) < 0)
        return config_fail(s, f, "%s: \"%s\" is no time: 50ms, 10s, 5m, 2h", s->key,
                           i < s->count ? s->words[i].text : "");
    return 0;
}

static int yes_or_no(const struct setting *s, bool *ret_yes, struct failure *f)
{
    if (s->count != 1 || (!word_is(s, 0, "yes") && !word_is(s, 0, "no")))
        return config_fail(s, f, "%s = yes or no", s->key);
    *ret_yes = word_is(s, 0, "yes");
    return 0;
}

static int apply_user(struct parsing *p, const struct setting *s, struct failure *f)
{
    return one_word(s, p->service ? &p->service->user : &p->config->user, f);
}

static int apply_own(struct parsing *p, const struct setting *s, struct failure *f)
{
    struct config *c = p->config;
    struct own_rule rule = {.when = WALK_ON_MISMATCH};
    for (size_t i = 0; i < s->count; i++) {
        const char *word = s->words[i].text;
        if (word[0] == '/' && rule.path_count < OWN_PATHS_MAX)
            rule.paths[rule.path_count++] = word;
        else if (strncmp(word, "from=", 5) == 0 && word[5] != '\0')
            rule.from = word + 5;
        else if (strncmp(word, "to=", 3) == 0 && word[3] != '\0')
            rule.to = word + 3;
        else if (word_is(s, i, "mismatch") || word_is(s, i, "always") || word_is(s, i, "never"))
            rule.when = word[0] == 'm' ? WALK_ON_MISMATCH : word[0] == 'a' ? WALK_ALWAYS : WALK_NEVER;
        else
            return config_fail(
                s, f, "own: \"%s\" is neither an absolute path, from=, to=, mismatch, always nor never",
                word);
    }
    if (rule.path_count == 0)
        return config_fail(s, f, "own: no path");
    if (c->own_count == OWNS_MAX)
        return config_fail(s, f, "more than %d lines own", OWNS_MAX);
    c->owns[c->own_count++] = rule;
    return 0;
}

static int parse_listen(const struct setting *s, const char *text, struct listen_rule *rule,
                        struct failure *f)
{
    const char *place = text;
    rule->text = text;
    if (strncmp(text, "unix:/", 6) == 0) {
        rule->path = text + 5;
        return strlen(rule->path) < 100 ? 0 : config_fail(s, f, "listen: %s is too long", text);
    }
    if (strncmp(text, "udp:", 4) == 0) {
        rule->datagram = true;
        place += 4;
    }
    if (address_split(span_of(place), rule->host, sizeof(rule->host), &rule->port) < 0)
        return config_fail(s, f, "listen: \"%s\" is none of 80, 127.0.0.1:80, [::1]:80, udp:53, unix:/path",
                           text);
    return 0;
}

static int apply_listen(struct parsing *p, const struct setting *s, struct failure *f)
{
    struct config *c = p->config;
    for (size_t i = 0; i < s->count; i++) {
        if (c->listen_count == LISTENS_MAX)
            return config_fail(s, f, "more than %d sockets to listen on", LISTENS_MAX);
        struct listen_rule *rule = &c->listens[c->listen_count++];
        rule->has_service = p->service != NULL;
        rule->service = p->service ? (unsigned)(p->service - c->services) : 0;
        int r = parse_listen(s, s->words[i].text, rule, f);
        if (r < 0)
            return r;
    }
    return 0;
}

static int apply_run(struct parsing *p, const struct setting *s, struct failure *f)
{
    if (s->words[0].text[0] == '\0')
        return config_fail(s, f, "run: the command is empty");
    p->service->run = config_make_vector(p->config->memory, s->words, s->count, NULL);
    return p->service->run ? 0 : config_fail(s, f, "run: too many words");
}

static int apply_need(struct parsing *p, const struct setting *s, struct failure *f)
{
    size_t index = (size_t)(p->service - p->config->services);
    if (s->count >= SERVICES_MAX)
        return config_fail(s, f, "need: too many services");
    for (size_t i = 0; i < s->count; i++)
        p->needs[index][i] = s->words[i].text;
    p->need_lines[index] = s->line;
    return 0;
}

static int apply_main(struct parsing *p, const struct setting *s, struct failure *f)
{
    return yes_or_no(s, &p->service->main, f);
}

static int apply_once(struct parsing *p, const struct setting *s, struct failure *f)
{
    bool yes = false;
    if (s->count == 1 && word_is(s, 0, "may-fail")) {
        p->service->once = ONCE_MAY_FAIL;
        return 0;
    }
    if (s->count != 1 || yes_or_no(s, &yes, f) < 0)
        return config_fail(s, f, "once = yes, no or may-fail");
    p->service->once = yes ? ONCE_MUST_SUCCEED : ONCE_NO;
    return 0;
}

/* The probe of `ready` and `health`; *ret_next is the first word behind it. */
static int read_probe(struct parsing *p, const struct setting *s, struct probe *ret_probe, size_t *ret_next,
                      struct failure *f)
{
    *ret_next = 1;
    if (probe_parse(s->words[0].text, ret_probe) < 0)
        return config_fail(
            s, f, "%s: \"%s\" is none of tcp:PORT, http:PORT/PATH, file:/PATH, exec:PROGRAM, fd:N, notify",
            s->key, s->words[0].text);
    if (ret_probe->kind != PROBE_EXEC)
        return 0;
    ret_probe->command = config_make_vector(p->config->memory, s->words, s->count, s->words[0].text + 5);
    *ret_next = s->count;
    return ret_probe->command ? 0 : config_fail(s, f, "%s: too many words", s->key);
}

static int apply_ready(struct parsing *p, const struct setting *s, struct failure *f)
{
    size_t next;
    int r = read_probe(p, s, &p->service->ready, &next, f);
    if (r < 0 || next == s->count)
        return r;
    if (next + 1 != s->count)
        return config_fail(s, f, "ready: only a time limit may follow");
    return one_duration(s, next, &p->service->ready_timeout_ms, f);
}

static int apply_health(struct parsing *p, const struct setting *s, struct failure *f)
{
    size_t next;
    struct service *v = p->service;
    v->health_interval_ms = 10000;
    v->health_tries = 3;
    /* The interval and xN stand behind the probe, also behind the words of exec. */
    struct setting head = *s;
    uint64_t tries;
    const char *last = s->words[s->count - 1].text;
    if (head.count > 1 && last[0] == 'x' && span_number(span_of(last + 1), 1000, &tries) == 0 && tries > 0) {
        v->health_tries = (unsigned)tries;
        head.count--;
    }
    if (head.count > 1 && duration_parse(span_of(s->words[head.count - 1].text), &v->health_interval_ms) == 0)
        head.count--;
    int r = read_probe(p, &head, &v->health, &next, f);
    if (r < 0)
        return r;
    if (next != head.count || v->health.kind == PROBE_FD || v->health.kind == PROBE_NOTIFY ||
        v->health_interval_ms < 10)
        return config_fail(
            s, f, "health = PROBE [INTERVAL] [xTRIES], with tcp, http, file or exec and 10ms at least");
    return 0;
}

static int apply_stop(struct parsing *p, const struct setting *s, struct failure *f)
{
    struct service *v = p->service;
    size_t i = 0;
    int signal_number = signal_parse(span_of(s->words[0].text));
    /* A number alone would be a time and a signal. */
    if (signal_number > 0 && !span_is_digits(span_of(s->words[0].text))) {
        v->stop_signal = signal_number;
        i++;
    }
    if (i < s->count && !word_is(s, i, "after")) {
        int r = one_duration(s, i++, &v->stop_timeout_ms, f);
        if (r < 0)
            return r;
    }
    if (word_is(s, i, "after")) {
        int r = one_duration(s, i + 1, &v->stop_drain_ms, f);
        if (r < 0)
            return r;
        i += 2;
    }
    return i == s->count ? 0 : config_fail(s, f, "stop = [SIGNAL] [TIME] [after TIME]");
}

/* "50ms..10s" */
static int read_backoff(const struct setting *s, const char *word, struct service *v, struct failure *f)
{
    const char *dots = strstr(word, "..");
    if (!dots || duration_parse((struct span){word, (size_t)(dots - word)}, &v->restart_min_ms) < 0 ||
        duration_parse(span_of(dots + 2), &v->restart_max_ms) < 0 || v->restart_max_ms < v->restart_min_ms)
        return config_fail(s, f, "restart: \"%s\" is no backoff: 50ms..10s", word);
    return 0;
}

/* "5/60s", "never" */
static int read_give_up(const struct setting *s, const char *word, struct service *v, struct failure *f)
{
    uint64_t count;
    struct span rest = span_of(word), number = span_cut(&rest, '/');
    if (strcmp(word, "never") == 0) {
        v->give_up_count = 0;
        return 0;
    }
    if (span_number(number, 32, &count) < 0 || count == 0 || !rest.data ||
        duration_parse(rest, &v->give_up_ms) < 0)
        return config_fail(s, f, "restart: give-up 5/60s or never (at most 32 times)");
    v->give_up_count = (unsigned)count;
    return 0;
}

static int apply_restart(struct parsing *p, const struct setting *s, struct failure *f)
{
    struct service *v = p->service;
    size_t i = 1;
    int r = 0;
    v->restart_given = true;
    if (!word_is(s, 0, "never") && !word_is(s, 0, "failure") && !word_is(s, 0, "always"))
        return config_fail(s, f, "restart = never, failure or always [MIN..MAX] [give-up N/TIME]");
    v->restart = word_is(s, 0, "never")     ? RESTART_NEVER
                 : word_is(s, 0, "failure") ? RESTART_ON_FAILURE
                                            : RESTART_ALWAYS;
    if (i < s->count && !word_is(s, i, "give-up"))
        r = read_backoff(s, s->words[i++].text, v, f);
    if (r == 0 && word_is(s, i, "give-up")) {
        r = read_give_up(s, i + 1 < s->count ? s->words[i + 1].text : "", v, f);
        i += 2;
    }
    if (r == 0 && i != s->count)
        return config_fail(s, f, "restart: \"%s\" is too much", s->words[i].text);
    return r;
}

/* "10x1M": ten files of a mebibyte. */
static int apply_log(struct parsing *p, const struct setting *s, struct failure *f)
{
    struct service *v = p->service;
    uint64_t files = 10, size = 1;
    v->log_folder = s->words[0].text;
    if (s->count > 2 || v->log_folder[0] != '/')
        return config_fail(s, f, "log = /FOLDER [FILESxSIZE], as 10x1M");
    struct span rest = span_of(s->count == 2 ? s->words[1].text : "10x1M"), count = span_cut(&rest, 'x');
    char unit = rest.length > 0 ? rest.data[rest.length - 1] : '\0';
    rest.length -= rest.length > 0;
    if (span_number(count, 1000, &files) < 0 || files == 0 || (unit != 'k' && unit != 'M' && unit != 'G') ||
        span_number(rest, 1000000, &size) < 0 || size == 0)
        return config_fail(s, f, "log: \"%s\" is not FILESxSIZE with k, M or G, as 10x1M", s->words[1].text);
    v->log_files = (unsigned)files;
    v->log_size = size << (unit == 'k' ? 10 : unit == 'M' ? 20 : 30);
    return 0;
}

static int apply_environment(struct parsing *p, const struct setting *s, struct failure *f)
{
    struct service *v = p->service;
    for (size_t i = 0; i < s->count; i++) {
        const char *word = s->words[i].text;
        if (word[0] == '=' || !strchr(word, '='))
            return config_fail(s, f, "env: \"%s\" is not NAME=VALUE", word);
        if (v->environment_count == SERVICE_ENVIRONMENT_MAX)
            return config_fail(s, f, "more than %d variables", SERVICE_ENVIRONMENT_MAX);
        v->environment[v->environment_count++] = word;
    }
    return 0;
}

static int apply_folder(struct parsing *p, const struct setting *s, struct failure *f)
{
    int r = one_word(s, &p->service->folder, f);
    return r < 0 || p->service->folder[0] == '/' ? r : config_fail(s, f, "dir: an absolute path is wanted");
}

enum { TOP = 1, SERVICE = 2, MANY = 4 };

static const struct key {
    const char *name;
    int where; /* MANY: may be repeated */
    int (*apply)(struct parsing *p, const struct setting *s, struct failure *f);
} keys[] = {
    {"dir", SERVICE, apply_folder},      {"env", SERVICE | MANY, apply_environment},
    {"health", SERVICE, apply_health},   {"listen", TOP | SERVICE | MANY, apply_listen},
    {"log", SERVICE, apply_log},         {"main", SERVICE, apply_main},
    {"need", SERVICE, apply_need},       {"once", SERVICE, apply_once},
    {"own", TOP | MANY, apply_own},      {"ready", SERVICE, apply_ready},
    {"restart", SERVICE, apply_restart}, {"run", SERVICE, apply_run},
    {"stop", SERVICE, apply_stop},       {"user", TOP | SERVICE, apply_user},
};

int config_apply(struct parsing *p, const struct setting *s, struct failure *f)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (strcmp(keys[i].name, s->key) != 0)
            continue;
        if (!(keys[i].where & (p->service ? SERVICE : TOP)))
            return config_fail(
                s, f, p->service ? "%s belongs before the first [service]" : "%s belongs behind a [service]",
                s->key);
        if (!(keys[i].where & MANY) && (p->seen & UINT64_C(1) << i))
            return config_fail(s, f, "%s is set twice", s->key);
        p->seen |= UINT64_C(1) << i;
        return keys[i].apply(p, s, f);
    }
    return config_fail(
        s, f,
        "unknown key \"%s\" (dir env health listen log main need once own ready restart run stop user; "
        "a lone = in a command must be quoted)",
        s->key);
}
