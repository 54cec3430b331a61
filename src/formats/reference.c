/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/reference.h"
#include "base/hex.h"
#include "base/strings.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN "index.docker.io"
#define OFFICIAL_PREFIX "library/"
#define LOWER_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER_DIGITS
#define TAG_MAX 128

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* */
static bool component_is_valid(const char *part, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t n = strspn(part + at, LOWER_DIGITS);
        if (n == 0)
            return false;
        at += n;
        if (at >= length)
            return at == length;
        if (part[at] == '-')
            at += strspn(part + at, "-");
        else if (part[at] == '_')
            at += part[at + 1] == '_' ? 2 : 1;
        else if (part[at] == '.')
            at++;
        else
            return false;
    }
    return false;
}

bool reference_path_is_valid(const char *path)
{
    for (const char *part = path;; part++) {
        size_t n = strcspn(part, "/");
        if (!component_is_valid(part, n))
            return false;
        part += n;
        if (*part == '\0')
            return true;
    }
}

/* Host labels with dots between them, or [IPv6]; then an optional :PORT. */
bool reference_domain_is_valid(const char *domain)
{
    const char *at = domain;
    if (*at == '[') {
        at += 1 + strspn(at + 1, "0123456789abcdefABCDEF:");
        if (at == domain + 1 || *at++ != ']')
            return false;
    } else {
        for (;; at++) {
            size_t n = strspn(at, ALPHANUMERIC "-");
            if (n == 0 || at[0] == '-' || at[n - 1] == '-')
                return false;
            at += n;
            if (*at != '.')
                break;
        }
    }
    return *at == '\0' || (*at == ':' && at[1] != '\0' && at[1 + strspn(at + 1, "0123456789")] == '\0');
}

bool reference_tag_is_valid(const char *tag)
{
    size_t n = strspn(tag, ALPHANUMERIC "_.-");
    return n > 0 && n <= TAG_MAX && tag[n] == '\0' && tag[0] != '.' && tag[0] != '-';
}

bool object_name_is_valid(const char *name)
{
    size_t n = strspn(name, ALPHANUMERIC "_.-");
    return n >= 2 && n <= 255 && name[n] == '\0' && strchr("_.-", name[0]) == NULL;
}

/* Whether what stands before the first '/' is a registry's host and not a part of the path. */
static bool looks_like_domain(const char *name, size_t length)
{
    static const char local[] = "localhost";
    for (size_t i = 0; i < length; i++)
        if (name[i] == '.' || name[i] == ':' || (name[i] >= 'A' && name[i] <= 'Z'))
            return true;
    return length == sizeof(local) - 1 && memcmp(name, local, length) == 0;
}

/* Fills domain and path; `name` has neither tag nor digest. */
static int split_domain(const char *name, struct reference *r)
{
    const char *slash = strchr(name, '/');
    bool domain = slash && looks_like_domain(name, (size_t)(slash - name));
    const char *path = domain ? slash + 1 : name;
    r->domain = domain ? strndup(name, (size_t)(slash - name)) : strdup(DEFAULT_DOMAIN);
    if (r->domain && streq(r->domain, LEGACY_DOMAIN)) {
        free(r->domain);
        r->domain = strdup(DEFAULT_DOMAIN);
    }
    if (!r->domain)
        return -ENOMEM;
    bool official = streq(r->domain, DEFAULT_DOMAIN) && !strchr(path, '/');
    if (asprintf(&r->path, "%s%s", official ? OFFICIAL_PREFIX : "", path) < 0) {
        r->path = NULL;
        return -ENOMEM;
    }
    return 0;
}

static int check_name(const struct reference *r, struct failure *f)
{
    for (const char *p = r->path; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            return refuse(f, -EINVAL, "invalid reference format: repository name (%s) must be lowercase",
                          r->path);
    if (!reference_domain_is_valid(r->domain))
        return refuse(f, -EINVAL, "invalid reference format: \"%s\" is not the host of a registry",
                      r->domain);
    if (!reference_path_is_valid(r->path))
        return refuse(
            f, -EINVAL,
            "invalid reference format: repository name (%s): lower-case letters and digits, between "
            "them one of . _ __ or dashes, and folders with /",
            r->path);
    if (strlen(r->path) > REFERENCE_NAME_MAX)
        return refuse(f, -EINVAL, "repository name must not be more than %d characters", REFERENCE_NAME_MAX);
    return 0;
}

static int read_digest(const char *text, struct reference *r, struct failure *f)
{
    int e = digest_parse(text, &r->digest);
    if (e == -EOPNOTSUPP)
        return refuse(f, -EINVAL, "unsupported digest algorithm: %s", text);
    return e < 0 ? refuse(f, -EINVAL, "invalid reference format: a digest is sha256: and 64 digits 0-9a-f")
                 : 0;
}

static int check_tag(const char *tag, struct failure *f)
{
    if (*tag == '\0')
        return refuse(f, -EINVAL, "invalid reference format: after the colon the tag is missing");
    if (!reference_tag_is_valid(tag))
        return refuse(
            f, -EINVAL,
            "invalid reference format: tag \"%s\": up to %d letters, digits and . _ -, the first no "
            "dot or dash",
            tag, TAG_MAX);
    return 0;
}

static int read_parts(char *text, struct reference *r, struct failure *f)
{
    char *digest = strchr(text, '@');
    if (digest)
        *digest++ = '\0';
    char *slash = strrchr(text, '/'), *tag = strchr(slash ? slash : text, ':');
    if (tag)
        *tag++ = '\0';
    int e = split_domain(text, r);
    if (e < 0)
        return fail(f, e, "reading an image name");
    e = check_name(r, f);
    if (e < 0)
        return e;
    e = tag ? check_tag(tag, f) : 0;
    if (e < 0)
        return e;
    if (tag && !(r->tag = strdup(tag)))
        return fail(f, -ENOMEM, "reading an image name");
    return digest ? read_digest(digest, r, f) : 0;
}

int reference_parse(const char *text, struct reference *ret_reference, struct failure *f)
{
    if (text[0] == '\0')
        return refuse(f, -EINVAL,
                      "the name of the image is empty: repository name must have at least one component");
    if (hex_is_valid(text, DIGEST_HEX_LENGTH))
        return refuse(f, -EINVAL, "invalid repository name (%s), cannot specify 64-byte hexadecimal strings",
                      text);
    if (strstr(text, "://"))
        return refuse(f, -EINVAL, "image name \"%s\": invalid reference format: leave %.*s away", text,
                      (int)(strstr(text, "://") + 3 - text), text);
    autofree char *copy = strdup(text);
    if (!copy)
        return fail(f, -ENOMEM, "reading an image name");
    autoreference struct reference r = {0};
    int e = read_parts(copy, &r, f);
    if (e < 0)
        return fail_within(f, "image name \"%s\"", text);
    *ret_reference = r;
    r = (struct reference){0};
    return 0;
}

int reference_parse_tagged(const char *text, struct reference *ret_reference, struct failure *f)
{
    autoreference struct reference r = {0};
    int e = reference_parse(text, &r, f);
    if (e < 0)
        return e;
    if (!r.tag && r.digest.hex[0] == '\0' && !(r.tag = strdup("latest")))
        return fail(f, -ENOMEM, "reading an image name");
    *ret_reference = r;
    r = (struct reference){0};
    return 0;
}

void reference_free(struct reference *r)
{
    free(r->domain);
    free(r->path);
    free(r->tag);
    *r = (struct reference){0};
}

static void write_name(const struct reference *r, bool familiar, struct text *text)
{
    const char *slash = strchr(r->path, '/'), *short_name = string_after(r->path, OFFICIAL_PREFIX);
    bool hub = streq(r->domain, DEFAULT_DOMAIN);
    /* A short form that would be read as something else is not taken. */
    if (familiar && hub && short_name && !strchr(short_name, '/') &&
        !hex_is_valid(short_name, DIGEST_HEX_LENGTH))
        text_append(text, short_name);
    else if (familiar && hub && slash && !looks_like_domain(r->path, (size_t)(slash - r->path)))
        text_append(text, r->path);
    else
        text_printf(text, "%s/%s", r->domain, r->path);
}

static char *write_reference(const struct reference *r, bool familiar, bool whole)
{
    autotext struct text text = {0};
    write_name(r, familiar, &text);
    if (whole && r->tag)
        text_printf(&text, ":%s", r->tag);
    if (whole && r->digest.hex[0] != '\0')
        text_printf(&text, "@sha256:%s", r->digest.hex);
    return text_take(&text);
}

char *reference_write(const struct reference *r)
{
    return write_reference(r, false, true);
}

char *reference_write_name(const struct reference *r)
{
    return write_reference(r, false, false);
}

char *reference_write_familiar(const struct reference *r)
{
    return write_reference(r, true, true);
}

char *reference_write_familiar_name(const struct reference *r)
{
    return write_reference(r, true, false);
}
