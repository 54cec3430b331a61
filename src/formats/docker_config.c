/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/docker_config.h"

#include "formats/base64.h"
#include "formats/json_section.h"

#include <errno.h>
#include <string.h>

/* docker's and podman's names for the registry of docker.io (docker registry.IndexServer). */
#define DEFAULT_DOMAIN "docker.io"
#define DEFAULT_KEY "https://index.docker.io/v1/"
#define DEFAULT_KEY_HOST "index.docker.io"

static void free_secret(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void registry_credentials_free(struct registry_credentials *c)
{
    free_secret(c->username);
    free_secret(c->password);
    free_secret(c->identity_token);
    *c = (struct registry_credentials){0};
}

const char *docker_config_key(const char *domain)
{
    return streq(domain, DEFAULT_DOMAIN) ? DEFAULT_KEY : domain;
}

/* "USER:PASSWORD" in base 64; empty: nothing. */
static int read_auth(const char *auth, struct registry_credentials *ret)
{
    autofree char *text = NULL;
    size_t size;
    int r = base64_read(auth, &text, &size);
    if (r < 0)
        return r;
    char *colon = strchr(text, ':');
    bool good = strlen(text) == size && colon && colon != text;
    struct registry_credentials c = {0};
    if (good) {
        c.username = strndup(text, (size_t)(colon - text));
        c.password = strdup(colon + 1);
        /* docker pads with NULs that it cuts on reading; a NUL within was refused above. */
    }
    explicit_bzero(text, size);
    if (!good)
        return -EINVAL;
    if (!c.username || !c.password) {
        registry_credentials_free(&c);
        return -ENOMEM;
    }
    *ret = c;
    return 0;
}

static bool is_helper_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strlen(name) < 128 &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0';
}

static void check_auth(const struct json_section *auths, const char *key, struct json_object *value)
{
    autofree char *path = NULL;
    if (asprintf(&path, "auths.%s", key) < 0) {
        path = NULL;
        json_section_fail(auths, -ENOMEM);
        return;
    }
    if (!json_object_is_type(value, json_type_object)) {
        json_section_refuse(auths, key, "docker-config/type", "an object is needed");
        return;
    }
    const struct json_section s = {auths->document, path, value, auths->report, auths->error};
    static const char *const strings[] = {"auth", "identitytoken", "username", "password", "registrytoken"};
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
        autofree char *text = NULL;
        json_take_string(&s, strings[i], &text);
        struct registry_credentials c = {0};
        if (i > 0 || !text || !text[0])
            continue;
        int r = read_auth(text, &c);
        registry_credentials_free(&c);
        if (r == -EINVAL)
            json_section_refuse(&s, "auth", "docker-config/auth", "base 64 of USER:PASSWORD is needed");
        else
            json_section_fail(&s, r);
    }
}

static void check_helpers(const struct json_section *top)
{
    struct json_object *helpers = json_take_object(top, "credHelpers");
    if (helpers) {
        const struct json_section s = {top->document, "credHelpers", helpers, top->report, top->error};
        json_object_object_foreach(helpers, key, value)
        {
            if (!json_object_is_type(value, json_type_string) ||
                !is_helper_name(json_object_get_string(value)))
                json_section_refuse(&s, key, "docker-config/helper", "the end of a program's name is needed");
        }
    }
    autofree char *store = NULL;
    json_take_string(top, "credsStore", &store);
    if (store && store[0] && !is_helper_name(store))
        json_section_refuse(top, "credsStore", "docker-config/helper",
                            "the end of a program's name is needed");
}

int docker_config_read(const char *name, const char *data, size_t size, struct report *report,
                       struct docker_config *ret_config)
{
    autojson struct json_object *document = NULL;
    int error = 0, r = json_parse(name, data, size, report, &document);
    if (r < 0)
        return r;
    struct json_section top = {name, "", document, report, &error};
    if (!json_object_is_type(document, json_type_object)) {
        json_section_refuse(&top, NULL, "docker-config/type", "an object is needed");
        return error;
    }
    struct json_object *auths = json_take_object(&top, "auths");
    if (auths) {
        const struct json_section s = {name, "auths", auths, report, &error};
        json_object_object_foreach(auths, key, value)
        {
            check_auth(&s, key, value);
        }
    }
    check_helpers(&top);
    if (error < 0)
        return error;
    ret_config->document = TAKE_PTR(document);
    return 0;
}

void docker_config_free(struct docker_config *config)
{
    if (config->document)
        json_object_put(config->document);
    config->document = NULL;
}

char *docker_config_write(const struct docker_config *config)
{
    return json_write(config->document, true);
}

/* Whether a key of the file means this host: HOST, HOST/, http(s)://HOST, .../v1/, .../v2/. */
static bool key_means(const char *key, const char *domain)
{
    const char *after = string_after(key, "https://");
    if (!after)
        after = string_after(key, "http://");
    const char *host = after ? after : key;
    size_t length = strcspn(host, "/");
    const char *path = host + length;
    if (!after && *path && !streq(path, "/") && !string_after(path, "/v1") && !string_after(path, "/v2"))
        return false; /* podman's HOST/PATH */
    if (streq(domain, DEFAULT_DOMAIN) && length == strlen(DEFAULT_KEY_HOST) &&
        strncmp(host, DEFAULT_KEY_HOST, length) == 0)
        return true;
    return length == strlen(domain) && strncmp(host, domain, length) == 0;
}

/* 1: the entry says something; 0: it does not. */
static int read_entry(struct json_object *entry, struct registry_credentials *ret)
{
    const char *token = json_get_string(entry, "identitytoken"), *auth = json_get_string(entry, "auth");
    const char *user = json_get_string(entry, "username"), *password = json_get_string(entry, "password");
    struct registry_credentials c = {0};
    int r = auth && auth[0] ? read_auth(auth, &c) : 0;
    if (r < 0)
        return r;
    if (!c.username && user && user[0] && password) {
        c.username = strdup(user);
        c.password = strdup(password);
        r = c.username && c.password ? 0 : -ENOMEM;
    }
    if (r == 0 && token && token[0]) {
        c.identity_token = strdup(token);
        r = c.identity_token ? 0 : -ENOMEM;
    }
    if (r < 0 || (!c.username && !c.identity_token)) {
        registry_credentials_free(&c);
        return r;
    }
    *ret = c;
    return 1;
}

int docker_config_find(const struct docker_config *config, const char *domain, const char *repository,
                       struct registry_credentials *ret_credentials)
{
    struct json_object *auths = json_get_object(config->document, "auths");
    autofree char *key = NULL;
    if (!auths)
        return 0;
    if (asprintf(&key, "%s/%s", domain, repository) < 0) {
        key = NULL;
        return -ENOMEM;
    }
    for (char *slash = key + strlen(key); slash && slash > key + strlen(domain); slash = strrchr(key, '/')) {
        *slash = '\0';
        if (strlen(key) <= strlen(domain))
            break;
        int r = read_entry(json_get_object(auths, key), ret_credentials);
        if (r != 0)
            return r;
    }
    int r = read_entry(json_get_object(auths, docker_config_key(domain)), ret_credentials);
    if (r != 0)
        return r;
    json_object_object_foreach(auths, name, entry)
    {
        r = key_means(name, domain) ? read_entry(entry, ret_credentials) : 0;
        if (r != 0)
            return r;
    }
    return 0;
}

const char *docker_config_helper(const struct docker_config *config, const char *domain)
{
    struct json_object *helpers = json_get_object(config->document, "credHelpers");
    const char *name = json_get_string(helpers, docker_config_key(domain));
    if (!name)
        name = json_get_string(helpers, domain);
    if (!name)
        name = json_get_string(config->document, "credsStore");
    return name && name[0] ? name : NULL;
}

bool docker_config_remove(struct docker_config *config, const char *domain)
{
    struct json_object *auths = json_get_object(config->document, "auths");
    bool removed = false;
    if (!auths)
        return false;
    struct json_object_iterator at = json_object_iter_begin(auths), end = json_object_iter_end(auths);
    while (!json_object_iter_equal(&at, &end)) {
        autofree char *name = NULL;
        const char *key = json_object_iter_peek_name(&at);
        if (key_means(key, domain))
            name = strdup(key);
        json_object_iter_next(&at);
        if (!name)
            continue;
        json_object_object_del(auths, name);
        removed = true;
        at = json_object_iter_begin(auths); /* deleting moved the rest */
    }
    return removed;
}

static int put_credentials(struct json_object *entry, const struct registry_credentials *c)
{
    int r = 0;
    if (c->username) {
        autofree char *plain = NULL;
        if (asprintf(&plain, "%s:%s", c->username, c->password ? c->password : "") < 0) {
            plain = NULL;
            return -ENOMEM;
        }
        autofree char *auth = base64_write(plain, strlen(plain));
        explicit_bzero(plain, strlen(plain));
        r = auth ? json_put_string(entry, "auth", auth) : -ENOMEM;
        if (auth)
            explicit_bzero(auth, strlen(auth));
    }
    return r == 0 ? json_put_string(entry, "identitytoken", c->identity_token) : r;
}

int docker_config_set(struct docker_config *config, const char *domain,
                      const struct registry_credentials *credentials)
{
    if (!config->document)
        config->document = json_object_new_object();
    struct json_object *auths = json_get_object(config->document, "auths");
    if (!auths) {
        int r = json_put(config->document, "auths", json_object_new_object());
        if (r < 0)
            return r;
        auths = json_get_object(config->document, "auths");
    }
    (void)docker_config_remove(config, domain); /* other spellings of it would win or confuse */
    autojson struct json_object *entry = json_object_new_object();
    int r = entry ? 0 : -ENOMEM;
    if (r == 0 && credentials)
        r = put_credentials(entry, credentials);
    return r < 0 ? r : json_put(auths, docker_config_key(domain), TAKE_PTR(entry));
}

int credential_answer_read(const char *data, size_t size, struct registry_credentials *ret_credentials)
{
    autojson struct json_object *answer = NULL;
    int r = json_parse("answer", data, size, NULL, &answer);
    if (r < 0)
        return r;
    const char *user = json_get_string(answer, "Username"), *secret = json_get_string(answer, "Secret");
    if (!user || !secret)
        return -EINVAL;
    autocredentials struct registry_credentials c = {0};
    if (streq(user, "<token>")) {
        c.identity_token = strdup(secret);
    } else {
        c.username = strdup(user);
        c.password = strdup(secret);
    }
    if (!c.identity_token && (!c.username || !c.password))
        return -ENOMEM;
    *ret_credentials = c;
    c = (struct registry_credentials){0};
    return 0;
}
