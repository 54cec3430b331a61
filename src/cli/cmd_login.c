/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/registry_environment.h"
#include "cli/say.h"
#include "cli/secret_prompt.h"
#include "cli/verbs.h"
#include "engine/image_transfer.h"
#include "formats/reference.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct login_options {
    struct registry_flags registry;
    char *username, *password;
    bool password_stdin;
};

/* HOST[:PORT] as in references; a scheme, as many write it, is cut. NULL: not given. */
static int registry_of(struct cli *cli, const struct arguments *arguments, char **ret_domain)
{
    autoreference struct reference reference = {0};
    autofree char *name = NULL;
    struct failure failure = {0};
    *ret_domain = NULL;
    if (arguments->count == 0)
        return 0;
    const char *given = arguments->items[0], *after = string_after(given, "https://");
    if (!after)
        after = string_after(given, "http://");
    given = after ? after : given;
    if (asprintf(&name, "%.*s/any/repository", (int)strcspn(given, "/"), given) < 0) {
        name = NULL;
        return say_failure(cli, &(struct failure){.error = -ENOMEM});
    }
    if (reference_parse(name, &reference, &failure) < 0 || strcmp(reference.path, "any/repository") != 0)
        return say_usage(cli, "\"%s\" is no registry: HOST[:PORT] is needed", arguments->items[0]);
    *ret_domain = strdup(reference.domain);
    return *ret_domain ? 0 : say_failure(cli, &(struct failure){.error = -ENOMEM});
}

static int ask(struct cli *cli, const char *question, bool secret, char **ret)
{
    int r = prompt_line(question, secret, ret);
    if (r == 0 && (*ret)[0])
        return 0;
    if (r == -ENOTTY)
        return say_usage(cli, "standard input is no terminal to ask at: give -u NAME and --password-stdin");
    return say_usage(cli, "a name and a password are needed");
}

static int complete(struct cli *cli, struct login_options *o)
{
    int code = 0;
    if (o->password)
        say(cli, "--password is seen by every user of this machine (ps) and kept by the shell: "
                 "--password-stdin is not");
    if (o->password && o->password_stdin)
        return say_usage(cli, "--password and --password-stdin contradict each other");
    if (o->password_stdin && !o->username)
        return say_usage(cli, "--password-stdin needs -u NAME");
    if (!o->username)
        code = ask(cli, "Username: ", false, &o->username);
    if (code == 0 && o->password_stdin) {
        int r = secret_read_stdin(&o->password);
        return r < 0 ? say_usage(cli, "no password came from standard input: %s", strerror(-r)) : 0;
    }
    if (code == 0 && !o->password)
        code = ask(cli, "Password: ", true, &o->password);
    return code;
}

static void say_kept(const struct cli *cli, const struct credentials_place *place)
{
    if (place->helper)
        return;
    say(cli,
        "the password is kept in %s, not encrypted: only its owner reads it; a credential helper "
        "(credsStore) keeps "
        "it better",
        place->file);
}

static int run_login(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct login_options *o = options;
    struct registry_environment environment;
    struct credentials_place place = {0};
    struct failure failure = {0};
    autofree char *domain = NULL;
    if (registry_environment_read(&o->registry, &environment, &failure) < 0)
        return say_failure(cli, &failure);
    int code = registry_of(cli, arguments, &domain);
    if (code == 0)
        code = complete(cli, o);
    if (code != 0)
        return code;
    const struct registry_credentials credentials = {.username = o->username, .password = o->password};
    const struct registry_login_request request = {
        .registry = domain, .credentials = &credentials, .environment = &environment};
    int r = strchr(o->username, ':') ? refuse(&failure, -EINVAL, "a user name has no colon")
                                     : registry_login(cli->engine, &request, &place, &failure);
    explicit_bzero(o->password, strlen(o->password));
    if (r < 0)
        return say_failure(cli, &failure);
    say_kept(cli, &place);
    credentials_place_free(&place);
    printf("Login Succeeded\n");
    return 0;
}

static int run_logout(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct login_options *o = options;
    struct registry_environment environment;
    struct failure failure = {0};
    autofree char *domain = NULL;
    if (registry_environment_read(&o->registry, &environment, &failure) < 0)
        return say_failure(cli, &failure);
    int code = registry_of(cli, arguments, &domain);
    if (code != 0)
        return code;
    const struct registry_login_request request = {.registry = domain, .environment = &environment};
    int r = registry_logout(&request, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    printf("Removed login credentials for %s\n", domain ? domain : "docker.io");
    return 0;
}

#define ROW(member) OPTION(struct login_options, member)
static const struct option login_rows[] = {
    {"authfile", 0, OPTION_STRING, ROW(registry.authfile), "FILE",
     "Where to keep them (default: ~/.docker/config.json)"},
    {"password", 'p', OPTION_STRING, ROW(password), "WORD",
     "Password; others can see it: better --password-stdin"},
    {"password-stdin", 0, OPTION_BOOL, ROW(password_stdin), NULL, "Read the password from standard input"},
    REGISTRY_TLS_ROW(struct login_options),
    {"username", 'u', OPTION_STRING, ROW(username), "NAME", "User name (default: ask)"},
    {NULL},
};
static const struct option logout_rows[] = {
    {"authfile", 0, OPTION_STRING, ROW(registry.authfile), "FILE",
     "Where they are (default: podman's and docker's files)"},
    {NULL},
};
static const struct login_options login_defaults = {.registry = REGISTRY_FLAGS_NONE};
static const struct option *const login_tables[] = {login_rows, NULL};
static const struct option *const logout_tables[] = {logout_rows, NULL};
static const char *const *const login_absent[] = {absent_login_flags, NULL};
static const char *const *const logout_absent[] = {absent_logout_flags, NULL};

const struct command cmd_login = {
    .name = "login",
    .usage = "[OPTIONS] [REGISTRY]",
    .summary = "Keep the credentials for a registry",
    .notes = "They are tried before they are kept. Without REGISTRY it is docker.io.",
    .options = {.tables = login_tables, .absent = login_absent},
    .options_size = sizeof(struct login_options),
    .defaults = &login_defaults,
    .max_args = 1,
    .needs_engine = true,
    .run = run_login,
};

const struct command cmd_logout = {
    .name = "logout",
    .usage = "[OPTIONS] [REGISTRY]",
    .summary = "Forget the credentials for a registry",
    .options = {.tables = logout_tables, .absent = logout_absent},
    .options_size = sizeof(struct login_options),
    .defaults = &login_defaults,
    .max_args = 1,
    .needs_engine = true,
    .run = run_logout,
};
