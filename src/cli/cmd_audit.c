/* SPDX-License-Identifier: Apache-2.0 */
/* unroot audit: which processes are, or would be, root. The files are read before anything is printed. */
#include "audit/audit.h"
#include "audit/confine.h"
#include "audit/fix.h"
#include "audit/render.h"
#include "audit/source.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct audit_options {
    bool live, separate, quiet, notes, fix, diff;
    char *format, *output, *fail_on, *target, *explain;
    struct strings bases, build_args, env_files, profiles;
};

#define ROW(name, member) OPTION(struct audit_options, member)
static const struct option rows[] = {
    {"live", 0, OPTION_BOOL, ROW("live", live), NULL,
     "Judge the processes of this host that run in containers"},
    {"format", 'f', OPTION_STRING, ROW("format", format), "FORMAT", "text, json, sarif, github or issue"},
    {"output", 'o', OPTION_STRING, ROW("output", output), "FILE", "Write the report to a file"},
    {"fail-on", 0, OPTION_STRING, ROW("fail-on", fail_on), "LEVEL", "error, warning, note, unknown or never"},
    {"target", 0, OPTION_STRING, ROW("target", target), "STAGE",
     "Judge this stage of Dockerfiles, not the last"},
    {"base", 0, OPTION_STRINGS, ROW("base", bases), "NAME=USER", "The user of an image that is not at hand"},
    {"build-arg", 0, OPTION_STRINGS, ROW("build-arg", build_args), "NAME=VALUE",
     "A build argument for Dockerfiles"},
    {"env-file", 0, OPTION_STRINGS, ROW("env-file", env_files), "FILE",
     "Variables for compose files, instead of .env"},
    {"profile", 0, OPTION_STRINGS, ROW("profile", profiles), "NAME",
     "Only compose services of this profile or of none"},
    {"separate", 0, OPTION_BOOL, ROW("separate", separate), NULL,
     "Compose files of the command line are projects of their own, not one laid on the other"},
    {"notes", 0, OPTION_BOOL, ROW("notes", notes), NULL, "Show notes in the text as well"},
    {"quiet", 'q', OPTION_BOOL, ROW("quiet", quiet), NULL, "Leave out subjects without findings"},
    {"fix", 0, OPTION_BOOL, ROW("fix", fix), NULL,
     "Apply the mechanical fixes to Dockerfiles and compose files"},
    {"diff", 0, OPTION_BOOL, ROW("diff", diff), NULL,
     "Show the mechanical fixes as a diff; change nothing without --fix"},
    {"explain", 0, OPTION_STRING, ROW("explain", explain), "ID", "Explain a rule and stop"},
    {0},
};
static const struct option *const tables[] = {rows, NULL};

enum fail_level {
    FAIL_NOTE,
    FAIL_WARNING,
    FAIL_ERROR,
    FAIL_UNKNOWN,
    FAIL_NEVER,
};

static int parse_word(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (streq(word, words[i]))
            return (int)i;
    return -EINVAL;
}

static int explain(const struct cli *cli, const char *name)
{
    autotext struct text text = {0};
    int rule = rule_find(name);
    if (rule < 0) {
        say(cli,
            "there is no rule %s: they are NR101 to NR113, NR201 to NR209, NR301 to NR303, NR401 to NR403 "
            "and "
            "NR501 to NR504",
            name);
        return 2;
    }
    if (render_rule((enum rule_id)rule, &text) < 0)
        return 2;
    fputs(text_peek(&text), stdout);
    return finish_output(cli, 0);
}

/* 0 fine, 1 findings at the level asked for, 2 something could not be judged. */
static int exit_code(const struct audit_result *r, enum fail_level level)
{
    struct audit_summary s;
    result_summarise(r, &s);
    size_t count = 0;
    if (level == FAIL_UNKNOWN)
        count = s.verdicts[VERDICT_UNKNOWN] + s.levels[LEVEL_ERROR];
    for (size_t l = 0; l < 3 && level <= FAIL_ERROR; l++)
        count += l >= (size_t)level ? s.levels[l] : 0;
    if (r->complaint_count > 0)
        return 2;
    return count > 0 && level != FAIL_NEVER ? 1 : 0;
}

typedef int renderer(const struct audit_result *r, const struct render_options *options, struct text *out);

static int json_renderer(const struct audit_result *r, const struct render_options *options, struct text *out)
{
    return render_json(r, out);
}

static int sarif_renderer(const struct audit_result *r, const struct render_options *options,
                          struct text *out)
{
    return render_sarif(r, out);
}

static int github_renderer(const struct audit_result *r, const struct render_options *options,
                           struct text *out)
{
    return render_github(r, out);
}

static const struct {
    const char *name;
    renderer *render;
} formats[] = {
    {"text", render_text},       {"json", json_renderer}, {"sarif", sarif_renderer},
    {"github", github_renderer}, {"issue", render_issue},
};

static void say_complaints(const struct cli *cli, const struct audit_result *r)
{
    for (size_t i = 0; i < r->complaint_count; i++) {
        const char *place = r->complaints[i].place, *text = r->complaints[i].text;
        if (strncmp(text, place, strlen(place)) == 0 || strstr(text, place))
            say(cli, "%s", text);
        else
            say(cli, "%s: %s", place, text);
    }
    for (size_t i = 0; i < r->remark_count; i++)
        say(cli, "%s: %s", r->remarks[i].place, r->remarks[i].text);
}

/* --diff shows, --fix writes; both together show and write. */
static int apply_fixes(const struct cli *cli, const struct audit_options *o, struct audit_result *r)
{
    struct fix_plans plans;
    if (fix_gather(r, &plans) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < plans.count; i++) {
        autofree char *data = NULL;
        autotext struct text changed = {0}, diff = {0};
        struct failure failure = {0};
        size_t size;
        int e = source_read(plans.items[i].file, &data, &size, &failure);
        if (e == 0 && o->diff) {
            e = fix_diff(&plans.items[i], data, &diff);
            fputs(text_peek(&diff), stdout);
        }
        if (e == 0 && o->fix)
            e = fix_apply(&plans.items[i], data, &changed);
        if (e == 0 && o->fix)
            e = fix_write(plans.items[i].file, &changed, &failure);
        if (e < 0) {
            say(cli, "%s", failure.text[0] ? failure.text : strerror(-e));
            return e;
        }
        if (o->fix)
            say(cli, "%s: %zu change%s", plans.items[i].file, plans.items[i].count,
                plans.items[i].count == 1 ? "" : "s");
    }
    return 0;
}

static int write_report(const struct cli *cli, FILE *file, const struct text *text)
{
    if (!file) {
        fputs(text_peek(text), stdout);
        return finish_output(cli, 0);
    }
    bool written = fwrite(text_peek(text), 1, text->length, file) == text->length;
    if (fclose(file) != 0 || !written) {
        say(cli, "writing the report: %s", strerror(errno));
        return 2;
    }
    return 0;
}

static void take(struct strings *to, struct strings *from)
{
    *to = *from;
    *from = (struct strings){0};
}

/* The folder of the helpers: beside the program, or where they are installed. */
static const char *find_helpers(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    path[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        slash[1] = '\0';
    autofree char *helper = NULL;
    if (asprintf(&helper, "%sunroot-listing", path) < 0)
        helper = NULL;
    return helper && access(helper, X_OK) == 0 ? path : UNROOT_LIBEXECDIR;
}

extern char **environ;

static int fill_request(struct audit_request *q, struct audit_options *o, const struct arguments *arguments)
{
    q->live = o->live;
    q->separate = o->separate;
    q->target = o->target;
    take(&q->bases, &o->bases);
    take(&q->build_args, &o->build_args);
    take(&q->env_files, &o->env_files);
    take(&q->profiles, &o->profiles);
    int r = 0;
    for (int i = 0; r == 0 && i < arguments->count; i++)
        r = strings_add(&q->paths, arguments->items[i]);
    for (char **e = environ; r == 0 && *e; e++)
        r = strings_add(&q->environment, *e);
    return r;
}

static int audit(struct cli *cli, struct audit_options *o, const struct arguments *arguments, int format,
                 int fail_on)
{
    __attribute__((cleanup(audit_request_free))) struct audit_request request = {0};
    __attribute__((cleanup(result_free))) struct audit_result result = {0};
    autofree char *passwd = NULL, *group = NULL;
    autotext struct text text = {0};
    struct failure failure = {0};
    struct confine_needs needs = {.live = o->live, .write = o->fix};
    struct failure ignored = {0}; /* without them NR113 and NR402 say less */
    size_t size;
    FILE *output = o->output ? fopen(o->output, "we") : NULL;
    if (o->output && !output) {
        say(cli, "%s: %s", o->output, strerror(errno));
        return 2;
    }
    if (source_read("/etc/passwd", &passwd, &size, &ignored) == 0)
        request.host_passwd = passwd;
    if (source_read("/etc/group", &group, &size, &ignored) == 0)
        request.host_group = group;
    time_t now = time(NULL);
    struct tm parts;
    char today[16] = "";
    if (gmtime_r(&now, &parts))
        (void)strftime(today, sizeof(today), "%Y-%m-%d", &parts);
    request.today = today;
    char helpers[4096];
    request.program_dir = find_helpers(helpers, sizeof(helpers));
    request.store_root = cli->root ? cli->root : "/var/lib/unroot";
    if (audit_confine(&needs, &failure) < 0) {
        say(cli, "%s", failure.text);
        return 2;
    }
    if (fill_request(&request, o, arguments) < 0 || audit_run(&request, &result) < 0) {
        say(cli, "no memory left");
        return 2;
    }
    if ((o->fix || o->diff) && apply_fixes(cli, o, &result) < 0)
        return 2;
    if (o->diff)
        return exit_code(&result, (enum fail_level)fail_on);
    struct render_options options = {.colour = !output && isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
                                     .quiet_fine = o->quiet,
                                     .notes = o->notes,
                                     .now = today};
    if (formats[format].render(&result, &options, &text) < 0) {
        say(cli, "no memory left");
        return 2;
    }
    say_complaints(cli, &result);
    int written = write_report(cli, output, &text);
    return written ? 2 : exit_code(&result, (enum fail_level)fail_on);
}

static int run(struct cli *cli, void *data, const struct arguments *arguments)
{
    static const char *const levels[] = {"note", "warning", "error", "unknown", "never"};
    struct audit_options *o = data;
    const char *names[ARRAY_SIZE(formats)];
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        names[i] = formats[i].name;
    if (o->explain)
        return explain(cli, o->explain);
    int format = o->format ? parse_word(o->format, names, ARRAY_SIZE(names)) : 0;
    int fail_on = o->fail_on ? parse_word(o->fail_on, levels, ARRAY_SIZE(levels)) : FAIL_ERROR;
    if (format < 0 || fail_on < 0) {
        say(cli, format < 0 ? "--format is text, json, sarif, github or issue"
                            : "--fail-on is error, warning, note, unknown or never");
        return 2;
    }
    return audit(cli, o, arguments, format, fail_on);
}

const struct command cmd_audit = {
    .name = "audit",
    .usage = "[OPTIONS] [PATH|IMAGE|-]...",
    .summary = "Show which processes are, or would be, root, and what to do about it",
    .notes =
        "Reads Dockerfiles, compose files, Kubernetes manifests, image layouts, OCI runtime configurations,\n"
        "daemon.json, containers.conf, containerd's config.toml, subuid and subgid; a folder is searched.\n"
        "Exit code: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read.",
    .options = {.tables = tables},
    .options_size = sizeof(struct audit_options),
    .max_args = ANY_NUMBER,
    .failure_code = 2,
    .usage_code = 2,
    .run = run,
};
