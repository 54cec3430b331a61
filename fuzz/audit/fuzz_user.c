/* SPDX-License-Identifier: Apache-2.0 */
/* First line: a USER word; the rest: /etc/passwd. Properties: what the audit takes for not root is not uid 0
 * to the resolver that the runtime uses, with the whole passwd and with none; a Dockerfile or a
 * compose file with that word never comes out as nonroot when it resolves to 0. */
#include "audit/audit.h"
#include "audit/input.h"
#include "audit/user.h"
#include "base/text.h"
#include "formats/compose_variables.h"
#include "formats/shell_word.h"
#include "formats/user_spec.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_root(const char *spec, const char *passwd)
{
    autoidentity struct identity identity = {0};
    struct failure failure = {0};
    struct user_spec_input input = {
        .rules = USER_RULES_OCI, .spec = spec, .accounts = {.passwd = passwd, .passwd_size = strlen(passwd)}};
    return user_spec_resolve(&input, &identity, &failure) == 0 && identity.uid == 0;
}

static void check_spec(const char *spec, const char *passwd)
{
    autoarena struct arena arena = {0};
    struct image_facts whole = {.known = true, .accounts_known = true, .passwd = passwd, .group = ""};
    struct image_facts none = {.known = true};
    struct resolved_user a, b;
    user_resolve(&arena, &whole, spec, &a);
    user_resolve(&arena, &none, spec, &b);
    bool root = is_root(spec, passwd);
    if (root && (a.resolution != RESOLUTION_KNOWN || a.uid != 0))
        abort();
    if (root && (b.resolution == RESOLUTION_NONROOT || (b.resolution == RESOLUTION_KNOWN && b.uid != 0)))
        abort();
}

static void check_dockerfile(const char *word)
{
    autotext struct text file = {0};
    autoword struct word_result expanded = {0};
    struct failure failure = {0};
    struct audit_request request = {0};
    struct audit_result result = {0};
    struct audit a = {.request = &request, .result = &result, .catalog = {.arena = &result.arena}};
    text_printf(&file, "FROM scratch\nUSER %s\n", word);
    struct input in = {.name = "Dockerfile", .data = text_peek(&file), .size = file.length};
    if (judge_dockerfile(&a, &in) < 0)
        abort();
    struct word_request w = {.word = word};
    bool plain = word[strcspn(word, "\\`\r\v\f \t<#")] == '\0' && word[0] != '-' && word[0] != '\0';
    if (plain && shell_word_expand(&w, &expanded, &failure) == 0 && is_root(expanded.text, ""))
        for (size_t i = 0; i < result.subject_count; i++)
            if (result.subjects[i]->verdict == VERDICT_NONROOT ||
                result.subjects[i]->verdict == VERDICT_ENFORCED)
                abort();
    catalog_free(&a.catalog);
    result_free(&result);
}

/* The same for `user:` of a compose file: variables first, then the resolver. */
static void check_compose(const char *word)
{
    autotext struct text file = {0};
    autofree char *expanded = NULL;
    autostrings struct strings none = {0};
    struct failure failure = {0};
    struct audit_request request = {0};
    struct audit_result result = {0};
    struct audit a = {.request = &request, .result = &result, .catalog = {.arena = &result.arena}};
    for (const char *p = word; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F || *p == '\'')
            return;
    text_printf(&file, "services:\n  a:\n    image: registry.example.org/a\n    user: '%s'\n", word);
    struct input in = {.name = "compose.yaml", .data = text_peek(&file), .size = file.length};
    if (judge_compose(&a, &in) < 0)
        abort();
    bool root = compose_expand(word, &none, NULL, &expanded, &failure) == 0 && is_root(expanded, "");
    for (size_t i = 0; root && i < result.subject_count; i++)
        if (result.subjects[i]->verdict == VERDICT_NONROOT || result.subjects[i]->verdict == VERDICT_ENFORCED)
            abort();
    catalog_free(&a.catalog);
    result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    char *passwd = strchr(text, '\n');
    if (passwd)
        *passwd++ = '\0';
    check_spec(text, passwd ? passwd : "");
    check_dockerfile(text);
    check_compose(text);
    return 0;
}
