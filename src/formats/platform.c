/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms as containerd/platforms spells and compares them. */
#include "base/number.h"
#include "formats/image_manifest.h"

#include <errno.h>
#include <string.h>

#define WORD_MAX 64
#define ATTESTATION "vnd.docker.reference.type=attestation-manifest"

struct alias_row {
    const char *word, *architecture, *variant; /* variant NULL: as it stands */
};

static const struct alias_row aliases[] = {
    {"x86_64", "amd64", NULL}, {"x86-64", "amd64", NULL}, {"aarch64", "arm64", NULL},
    {"armhf", "arm", "v7"},    {"armel", "arm", "v6"},    {"i386", "386", NULL},
    {"i486", "386", NULL},     {"i586", "386", NULL},     {"i686", "386", NULL},
};

/* What a platform is compared by: words are lent, the variant is a number where it is one. */
struct normal_platform {
    const char *os, *architecture, *variant;
    int level; /* of the variant "vN" or of the architecture's default; 0: none; -1: the variant is another
                  word */
};

static int variant_level(const char *architecture, const char *variant)
{
    uint64_t level;
    if (variant[0] != '\0')
        return number_parse(variant + (variant[0] == 'v'), 99, &level) < 0 ? -1 : (int)level;
    return streq(architecture, "arm")     ? 7
           : streq(architecture, "arm64") ? 8
           : streq(architecture, "amd64") ? 1
                                          : 0;
}

static struct normal_platform normalise(const struct platform *p)
{
    struct normal_platform n = {
        .os = p->os && p->os[0] != '\0' ? p->os : "linux",
        .architecture = p->architecture ? p->architecture : "",
        .variant = p->variant ? p->variant : "",
    };
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
        if (streq(n.architecture, aliases[i].word)) {
            n.architecture = aliases[i].architecture;
            n.variant = aliases[i].variant ? aliases[i].variant : n.variant;
            break;
        }
    n.level = variant_level(n.architecture, n.variant);
    return n;
}

static bool word_is_valid(const char *word)
{
    size_t n = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
    return n > 0 && n <= WORD_MAX && word[n] == '\0';
}

int platform_parse(const char *text, struct platform *ret_platform, struct failure *f)
{
    autofree char *copy = strdup(text);
    if (!copy)
        return fail(f, -ENOMEM, "--platform %s", text);
    char *rest = copy, *words[3] = {NULL, NULL, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(words) && rest; i++)
        words[i] = strsep(&rest, "/");
    if (!words[1]) { /* an architecture alone */
        words[1] = words[0];
        words[0] = NULL;
    }
    if (rest || (words[0] && !word_is_valid(words[0])) || !word_is_valid(words[1]) ||
        (words[2] && !word_is_valid(words[2])))
        return refuse(f, -EINVAL, "--platform %s: expected OS/ARCHITECTURE[/VARIANT]", text);
    const struct platform spelled = {.os = words[0], .architecture = words[1], .variant = words[2]};
    struct normal_platform n = normalise(&spelled);
    struct platform p = {.os = strdup(n.os), .architecture = strdup(n.architecture)};
    p.variant = n.variant[0] != '\0' ? strdup(n.variant) : NULL;
    if (!p.os || !p.architecture || (n.variant[0] != '\0' && !p.variant)) {
        platform_free(&p);
        return fail(f, -ENOMEM, "--platform %s", text);
    }
    *ret_platform = p;
    return 0;
}

void platform_free(struct platform *p)
{
    free(p->os);
    free(p->architecture);
    free(p->variant);
    free(p->os_version);
    *p = (struct platform){0};
}

/* How well it fits: 0 not at all, else the higher the better. */
static int fit(const struct normal_platform *have, const struct normal_platform *want)
{
    if (!streq(have->os, want->os) || !streq(have->architecture, want->architecture))
        return 0;
    if (have->level < 0 || want->level < 0)
        return streq(have->variant, want->variant) ? 1 : 0;
    return have->level <= want->level ? 1 + have->level : 0;
}

static bool is_attestation(const struct descriptor *d)
{
    return strings_contain(&d->annotations, ATTESTATION) || streq(d->platform.os, "unknown") ||
           streq(d->platform.architecture, "unknown");
}

const struct descriptor *image_index_choose(const struct image_index *index, const struct platform *wanted)
{
    const struct descriptor *best = NULL, *only = NULL;
    struct normal_platform want = normalise(wanted);
    size_t count = 0;
    int best_fit = 0;
    for (size_t i = 0; i < index->manifest_count; i++) {
        const struct descriptor *d = &index->manifests[i];
        if (is_attestation(d))
            continue;
        only = d;
        count++;
        struct normal_platform have = normalise(&d->platform);
        int value = d->platform.architecture ? fit(&have, &want) : 0;
        if (value > best_fit) {
            best = d;
            best_fit = value;
        }
    }
    return best || count != 1 || only->platform.architecture ? best : only;
}
