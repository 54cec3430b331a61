/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/option.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fruit_options {
    bool interactive, tty;
    int proxy;
    char *name;
    struct strings environment;
    uint32_t timeout;
    uint64_t shares, memory;
    int64_t pids;
    int score;
};

#define ROW(member) OPTION(struct fruit_options, member)
static const struct option rows[] = {
    {"env", 'e', OPTION_STRINGS, ROW(environment), NULL, "environment"},
    {"interactive", 'i', OPTION_BOOL, ROW(interactive), NULL, "keep stdin"},
    {"name", 'n', OPTION_STRING, ROW(name), NULL, "name"},
    {"tty", 't', OPTION_BOOL, ROW(tty), NULL, "terminal"},
    {NULL},
};
static const struct option more_rows[] = {
    {"memory", 'm', OPTION_SIZE, ROW(memory), NULL, "bytes"},
    {"pids-limit", 0, OPTION_I64, ROW(pids), NULL, "processes"},
    {"score", 0, OPTION_INT, ROW(score), NULL, "score"},
    {"shares", 0, OPTION_U64, ROW(shares), NULL, "shares"},
    {"sig-proxy", 0, OPTION_TRISTATE, ROW(proxy), NULL, "signals"},
    {"timeout", 0, OPTION_U32, ROW(timeout), NULL, "seconds"},
    {"net", 0, OPTION_STRING, ROW(name), NULL, NULL},
    {NULL},
};
static const struct option *const tables[] = {rows, more_rows, NULL};
static const char *const absent_flags[] = {"restart", NULL};
static const char *const *const absent[] = {absent_flags, NULL};

/* The line in words, what is left of it, and the values as one string. */
struct row {
    const char *line[8];
    const char *left, *values;
    bool stop;
};

static int parse(const struct row *row, struct fruit_options *options, char left[200],
                 struct failure *failure)
{
    char *items[8];
    struct arguments arguments = {0, items};
    struct option_set set = {.tables = tables, .absent = absent, .stop_at_positional = row->stop};
    while (arguments.count < 8 && row->line[arguments.count]) {
        items[arguments.count] = (char *)row->line[arguments.count];
        arguments.count++;
    }
    *options = (struct fruit_options){.proxy = -1};
    int r = options_parse(&set, &arguments, options, failure);
    left[0] = '\0';
    for (int i = 0, n = 0; r == 0 && i < arguments.count; i++)
        n += snprintf(left + n, 200 - (size_t)n, "%s%s", i ? " " : "", items[i]);
    return r;
}

static void print_values(const struct fruit_options *o, char text[300])
{
    int n = snprintf(text, 300, "i%d t%d p%d n=%s T%u S%llu M%llu P%lld s%d", o->interactive, o->tty,
                     o->proxy, o->name ? o->name : "", o->timeout, (unsigned long long)o->shares,
                     (unsigned long long)o->memory, (long long)o->pids, o->score);
    for (size_t i = 0; i < o->environment.count; i++)
        n += snprintf(text + n, 300 - (size_t)n, " e:%s", o->environment.items[i]);
}

static void test_good(void **state)
{
    static const struct row table[] = {
        {{"img"}, "img", "i0 t0 p-1 n= T0 S0 M0 P0 s0"},
        {{"-it", "img"}, "img", "i1 t1 p-1 n= T0 S0 M0 P0 s0"},
        {{"-i=false", "--tty=true", "img"}, "img", "i0 t1 p-1 n= T0 S0 M0 P0 s0"},
        {{"-ite", "A=1", "img"}, "img", "i1 t1 p-1 n= T0 S0 M0 P0 s0 e:A=1"},
        {{"-eA=1", "-e=B=2", "--env", "C", "--env=D="},
         "",
         "i0 t0 p-1 n= T0 S0 M0 P0 s0 e:A=1 e:B=2 e:C e:D="},
        {{"--name", "a", "--name=b"}, "", "i0 t0 p-1 n=b T0 S0 M0 P0 s0"},
        {{"--net", "host"}, "", "i0 t0 p-1 n=host T0 S0 M0 P0 s0"},
        {{"--name="}, "", "i0 t0 p-1 n= T0 S0 M0 P0 s0"},
        {{"--name", "-x"}, "", "i0 t0 p-1 n=-x T0 S0 M0 P0 s0"},
        {{"a", "-i", "b", "-t"}, "a b", "i1 t1 p-1 n= T0 S0 M0 P0 s0"},
        {{"a", "-i", "b", "-t"}, "a -i b -t", "i0 t0 p-1 n= T0 S0 M0 P0 s0", .stop = true},
        {{"-i", "--", "-t", "--name"}, "-t --name", "i1 t0 p-1 n= T0 S0 M0 P0 s0"},
        {{"-i", "--", "-t", "--", "x"}, "-t -- x", "i1 t0 p-1 n= T0 S0 M0 P0 s0", .stop = true},
        {{"img", "--", "x"}, "img -- x", "i0 t0 p-1 n= T0 S0 M0 P0 s0", .stop = true},
        {{"-"}, "-", "i0 t0 p-1 n= T0 S0 M0 P0 s0"},
        {{"--sig-proxy=false"}, "", "i0 t0 p0 n= T0 S0 M0 P0 s0"},
        {{"--sig-proxy"}, "", "i0 t0 p1 n= T0 S0 M0 P0 s0"},
        {{"-m", "1.5k", "--timeout", "4294967295"}, "", "i0 t0 p-1 n= T4294967295 S0 M1536 P0 s0"},
        {{"-m512m"}, "", "i0 t0 p-1 n= T0 S0 M536870912 P0 s0"},
        {{"--pids-limit", "-1", "--score=-1000", "--shares", "18446744073709551615"},
         "",
         "i0 t0 p-1 n= T0 S18446744073709551615 M0 P-1 s-1000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct fruit_options options;
        struct failure failure = {0};
        char left[200], values[300];
        assert_int_equal(parse(&table[i], &options, left, &failure), 0);
        print_values(&options, values);
        assert_string_equal(left, table[i].left);
        assert_string_equal(values, table[i].values);
        options_free(&(struct option_set){.tables = tables}, &options);
        assert_null(options.name);
        assert_int_equal(options.environment.count, 0);
    }
}

static void test_bad(void **state)
{
    static const struct {
        struct row row;
        int error;
        const char *text;
    } table[] = {
        {{{"--intractive"}}, -EINVAL, "unknown flag --intractive: did you mean --interactive?"},
        {{{"--zzzzzzzz=3"}}, -EINVAL, "unknown flag --zzzzzzzz"},
        {{{"--restart", "always"}}, -ENOTSUP, "--restart is not there yet"},
        {{{"--restart=always"}}, -ENOTSUP, "--restart is not there yet"},
        {{{"-x"}}, -EINVAL, "unknown flag -x"},
        {{{"-ix"}}, -EINVAL, "unknown flag -x in -ix"},
        {{{"--name"}}, -EINVAL, "--name needs a value"},
        {{{"-e"}}, -EINVAL, "-e needs a value"},
        {{{"-t=maybe"}}, -EINVAL, "-t takes true or false, not \"maybe\""},
        {{{"--tty=yes"}}, -EINVAL, "--tty takes true or false, not \"yes\""},
        {{{"--timeout=4294967296"}},
         -EINVAL,
         "--timeout takes a number from 0 to 4294967295, not \"4294967296\""},
        {{{"--timeout", "-1"}}, -EINVAL, "--timeout takes a number from 0 to 4294967295, not \"-1\""},
        {{{"--score", "--1"}}, -EINVAL, "--score takes a number, not \"--1\""},
        {{{"--score", "2147483648"}}, -EINVAL, "--score takes a number, not \"2147483648\""},
        {{{"--memory", "lots"}}, -EINVAL, "--memory takes a size like 512m or 1.5g, not \"lots\""},
        {{{"--"
           "="}},
         -EINVAL,
         "unknown flag --"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct fruit_options options;
        struct failure failure = {0};
        char left[200];
        assert_int_equal(parse(&table[i].row, &options, left, &failure), table[i].error);
        assert_string_equal(failure.text, table[i].text);
        assert_int_equal(failure.error, table[i].error);
        options_free(&(struct option_set){.tables = tables}, &options);
    }
}

static void test_help(void **state)
{
    static const struct row asks[] = {
        {{"--help"}}, {{"-h"}}, {{"-ih"}}, {{"a", "--help"}}, {{"-i", "--help", "--bogus"}},
    };
    static const struct row payload = {{"a", "--help"}, .stop = true};
    struct fruit_options options;
    struct failure failure = {0};
    char left[200];
    for (size_t i = 0; i < ARRAY_SIZE(asks); i++)
        assert_int_equal(parse(&asks[i], &options, left, &failure), 1);
    assert_int_equal(parse(&payload, &options, left, &failure), 0);
    assert_string_equal(left, "a --help");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
