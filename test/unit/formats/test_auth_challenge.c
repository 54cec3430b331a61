/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/auth_challenge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *value;
    bool basic, bearer;
    const char *realm, *service, *scope, *error;
} good[] = {
    {"", false, false, NULL, NULL, NULL, NULL},
    {"Basic realm=\"x\"", true, false, NULL, NULL, NULL, NULL},
    {"basic", true, false, NULL, NULL, NULL, NULL},
    {"Bearer "
     "realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull,push\"",
     false, true, "https://auth.example/token", "registry.example", "repository:a/b:pull,push", NULL},
    {"BEARER  Realm = \"r\" , SERVICE=s,error=\"insufficient_scope\"", false, true, "r", "s", NULL,
     "insufficient_scope"},
    {"Negotiate, Basic realm=x, Bearer realm=\"r\"", true, true, "r", NULL, NULL, NULL},
    {"Negotiate YIIabc==, Bearer realm=\"r\",x=\"y\", Basic realm=\"z\"", true, true, "r", NULL, NULL, NULL},
    {"Bearer realm=\"a \\\"quoted\\\\ one\\\"\"", false, true, "a \"quoted\\ one\"", NULL, NULL, NULL},
    {"Bearer realm=\"first\", Bearer realm=\"second\"", false, true, "first", NULL, NULL, NULL},
    {"Bearer realm=", false, false, NULL, NULL, NULL, NULL}, /* is one token68, and nothing that is known */
    {"Bearer", false, false, NULL, NULL, NULL, NULL},
    {"Bearer service=\"s\"", false, false, NULL, NULL, NULL, NULL},
    {",, Basic ,,", true, false, NULL, NULL, NULL, NULL},
    {"Digest realm=\"a, b\", nonce=\"Basic realm=c\"", false, false, NULL, NULL, NULL, NULL},
};

static void good_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        autochallenge struct auth_challenge c = {0};
        if (auth_challenge_add(&c, good[i].value) != 0)
            fail_msg("refused: %s", good[i].value);
        const char *const got[] = {c.realm, c.service, c.scope, c.error};
        const char *const wanted[] = {good[i].realm, good[i].service, good[i].scope, good[i].error};
        assert_int_equal(c.basic, good[i].basic);
        assert_int_equal(c.bearer, good[i].bearer);
        for (size_t k = 0; k < ARRAY_SIZE(got); k++) {
            assert_int_equal(!got[k], !wanted[k]);
            if (got[k])
                assert_string_equal(got[k], wanted[k]);
        }
    }
}

static void bad_ones(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Bearer realm=\"open",
        "Bearer realm=\"a\\",
        "Bearer realm=;",
        "Bearer realm=\"a\" service=\"b\"",
        "=x",
        "\"Bearer\"",
        "Bearer realm=a b",
        "Bearer realm=\"a\",realm=\"b\"",
        "Bearer realm=\"\x01\"",
        "Bearer realm=\"\xc3\xa4\"",
        "Bearer;realm=x",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        autochallenge struct auth_challenge c = {0};
        if (auth_challenge_add(&c, bad[i]) != -EBADMSG)
            fail_msg("accepted: %s", bad[i]);
        assert_false(c.basic || c.bearer || c.realm);
    }
    autochallenge struct auth_challenge c = {0};
    autofree char *long_one = calloc(1, AUTH_CHALLENGE_MAX + 2),
                  *long_value = calloc(1, AUTH_PARAMETER_MAX + 30);
    memset(long_one, ',', AUTH_CHALLENGE_MAX + 1);
    assert_int_equal(auth_challenge_add(&c, long_one), -EBADMSG);
    size_t n = (size_t)snprintf(long_value, 20, "Bearer realm=\"");
    memset(long_value + n, 'x', AUTH_PARAMETER_MAX + 1);
    long_value[n + AUTH_PARAMETER_MAX + 1] = '"';
    assert_int_equal(auth_challenge_add(&c, long_value), -EBADMSG);
}

static void several_fields_add_up(void **state)
{
    (void)state;
    autochallenge struct auth_challenge c = {0};
    assert_int_equal(auth_challenge_add(&c, "Bearer realm=\"a\""), 0);
    assert_int_equal(auth_challenge_add(&c, "Bearer realm=\"b\", Basic realm=\"c\""), 0);
    assert_int_equal(auth_challenge_add(&c, "Bearer realm=\""), -EBADMSG);
    assert_true(c.basic && c.bearer);
    assert_string_equal(c.realm, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones),
        cmocka_unit_test(bad_ones),
        cmocka_unit_test(several_fields_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
