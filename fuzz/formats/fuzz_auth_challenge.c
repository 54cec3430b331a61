/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what was understood, written out in full, is understood as the same; what is refused changes
 * nothing. */
#include "formats/auth_challenge.h"

#include "base/strings.h"
#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_quoted(struct text *t, const char *name, const char *value)
{
    if (!value)
        return;
    text_printf(t, ", %s=\"", name);
    for (const char *p = value; *p; p++) {
        if (*p < ' ' || *p > '~' || p - value >= AUTH_PARAMETER_MAX)
            abort();
        text_append(t, *p == '"' || *p == '\\' ? "\\" : "");
        text_append_char(t, *p);
    }
    text_append_char(t, '"');
}

static void check(const struct auth_challenge *c)
{
    autotext struct text t = {0};
    autochallenge struct auth_challenge again = {0};
    if (c->bearer != (c->realm != NULL))
        abort();
    if (c->bearer) {
        text_append(&t, "Bearer x=y");
        write_quoted(&t, "realm", c->realm);
        write_quoted(&t, "service", c->service);
        write_quoted(&t, "scope", c->scope);
        write_quoted(&t, "error", c->error);
    }
    if (c->basic)
        text_append(&t, ", Basic realm=\"a\"");
    if (t.length > AUTH_CHALLENGE_MAX) /* quoted again it may have grown */
        return;
    if (auth_challenge_add(&again, text_peek(&t)) < 0 || again.basic != c->basic ||
        again.bearer != c->bearer || !streq(again.realm, c->realm) || !streq(again.service, c->service) ||
        !streq(again.scope, c->scope) || !streq(again.error, c->error))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    autochallenge struct auth_challenge c = {0};
    if (!text)
        return 0;
    if (auth_challenge_add(&c, text) == -EBADMSG && (c.basic || c.bearer || c.realm))
        abort();
    check(&c);
    return 0;
}
