/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "build/advice.h"
#include "build/build.h"
#include "build/output.h"
#include "cli/absent.h"
#include "cli/build_view.h"
#include "cli/output_file.h"
#include "cli/registry_environment.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct build_options {
    struct strings tags, build_args, secrets, ssh, labels, add_hosts, contexts, outputs;
    char *dockerfile, *target, *platform, *network, *shm_size, *iidfile, *progress;
    struct registry_flags registry;
    bool no_cache, pull, quiet, require_nonroot, check;
};

#define EXIT_FINDINGS 1
#define EXIT_REFUSED 3

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    interrupted = signal;
}

static bool is_url(const char *text)
{
    return strstr(text, "://") || string_after(text, "git@") || string_after(text, "github.com/");
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct build_options *o = options;
    const char *context = arguments->items[0];
    static const char *const views[] = {"auto", "plain", "tty", "quiet"};
    if (is_url(context))
        return say_usage(
            cli,
            "%s: contexts are not fetched from the network: clone or download it, then build the "
            "folder",
            context);
    if (streq(context, "-") && streq(o->dockerfile, "-"))
        return say_usage(cli, "standard input cannot be both the context and the Dockerfile");
    if ((streq(context, "-") || streq(o->dockerfile, "-")) && isatty(STDIN_FILENO))
        return say_usage(cli, "standard input is a terminal: pipe a Dockerfile or a tar archive into it");
    if (o->outputs.count > 1)
        return say_usage(cli, "only one --output at a time");
    for (size_t i = 0; o->progress && i < ARRAY_SIZE(views); i++)
        if (streq(views[i], o->progress))
            return 0;
    return o->progress ? say_usage(cli, "--progress=%s: auto, plain, tty and quiet are known", o->progress)
                       : 0;
}

/* NAME takes the caller's variable, as docker's does; one that is not set is not given. */
static int read_build_args(const struct build_options *o, struct build_request *request,
                           struct failure *failure)
{
    for (size_t i = 0; i < o->build_args.count; i++) {
        const char *argument = o->build_args.items[i];
        const char *value = strchr(argument, '=') ? NULL : getenv(argument);
        autofree char *assignment = NULL;
        if (!strchr(argument, '=') && !value)
            continue;
        if (value && asprintf(&assignment, "%s=%s", argument, value) < 0)
            assignment = NULL;
        if (strings_set_variable(&request->build_args, value ? assignment : argument) < 0)
            return fail(failure, -ENOMEM, "--build-arg");
    }
    return 0;
}

/* reproducible-builds.org: the variable, or the build argument of that name. */
static int read_epoch(struct build_request *request, struct failure *failure)
{
    const char *text = strings_get_variable(&request->build_args, "SOURCE_DATE_EPOCH");
    uint64_t epoch = 0;
    text = text ? text : getenv("SOURCE_DATE_EPOCH");
    request->epoch = -1;
    if (!text || !text[0])
        return 0;
    if (number_parse(text, INT32_MAX * 60ull, &epoch) < 0)
        return refuse(failure, -EINVAL, "SOURCE_DATE_EPOCH=%s: seconds since 1970 are expected", text);
    request->epoch = (int64_t)epoch;
    return 0;
}

static enum build_view_kind choose_view(const struct build_options *o)
{
    if (o->quiet || streq(o->progress, "quiet"))
        return BUILD_VIEW_QUIET;
    if (streq(o->progress, "tty"))
        return BUILD_VIEW_LIVE;
    if (streq(o->progress, "plain"))
        return BUILD_VIEW_PLAIN;
    return can_show_progress() ? BUILD_VIEW_LIVE : BUILD_VIEW_PLAIN;
}

static int write_iidfile(const char *path, const struct build_result *result, struct failure *failure)
{
    char id[DIGEST_TEXT_LENGTH + 1];
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ssize_t n = fd < 0 ? -1 : write(fd, digest_write(&result->id, id), DIGEST_TEXT_LENGTH);
    return n == DIGEST_TEXT_LENGTH ? 0 : fail(failure, n < 0 ? -errno : -EIO, "--iidfile %s", path);
}

struct build_end {
    struct cli *cli;
    const struct build_options *options;
    struct build_output output;
    struct build_result result;
};

static int write_stream(const struct build_end *end, int fd, struct failure *failure)
{
    struct image_save_request save = {.output_fd = fd};
    if (end->output.kind == BUILD_OUTPUT_TAR)
        return build_output_tar(end->cli->engine, &end->result.folders, fd, failure);
    /* With its names, where it has some. */
    int r = end->options->tags.count > 0 ? strings_copy(&save.images, &end->options->tags)
                                         : strings_add(&save.images, end->result.id.hex);
    r = r < 0 ? fail(failure, r, "--output") : image_save(end->cli->engine, &save, failure);
    strings_free(&save.images);
    return r;
}

static int write_output(const struct build_end *end, struct failure *failure)
{
    const struct build_output *output = &end->output;
    struct output_file file;
    if (output->kind == BUILD_OUTPUT_IMAGE)
        return 0;
    if (output->kind == BUILD_OUTPUT_LOCAL)
        return build_output_local(end->cli->engine, &end->result.folders, output->destination, failure);
    int r = output_file_open(&file, streq(output->destination, "-") ? NULL : output->destination, failure);
    if (r < 0)
        return r;
    r = write_stream(end, file.fd, failure);
    int closed = output_file_close(&file, r == 0, failure);
    return r < 0 ? r : closed;
}

/* Under the build: who the image runs as, and what that user cannot do. */
static void show_advice(const struct build_options *o, const struct build_result *result)
{
    autotext struct text text = {0};
    if (o->quiet && !o->check && !o->require_nonroot)
        return;
    for (size_t i = 0; i < result->advice.count; i++)
        advice_write(&result->advice.items[i], o->require_nonroot && result->root ? "error" : "warning",
                     &text);
    fputs(text_peek(&text), stderr);
}

static int build_with_view(struct cli *cli, const struct build_options *o, struct build_request *request,
                           struct build_result *result, struct failure *failure)
{
    struct build_view *view = build_view_make(choose_view(o));
    struct sigaction action = {.sa_handler = interrupt}, old_interrupt, old_terminate;
    if (!view)
        return fail(failure, -ENOMEM, "building");
    request->progress = build_view_progress(view);
    request->cancelled = &interrupted;
    (void)sigaction(SIGINT, &action, &old_interrupt);  /* cannot fail for these */
    (void)sigaction(SIGTERM, &action, &old_terminate); /* the same */
    int r = build_run(cli->engine, request, result, failure);
    (void)sigaction(SIGINT, &old_interrupt, NULL);  /* as it was */
    (void)sigaction(SIGTERM, &old_terminate, NULL); /* the same */
    build_view_end(view, r < 0);
    build_view_free(view);
    show_advice(o, result);
    return r;
}

static int finish(struct build_end *end, struct failure *failure)
{
    const struct build_options *o = end->options;
    int r = o->iidfile && end->result.id.hex[0] ? write_iidfile(o->iidfile, &end->result, failure) : 0;
    if (r == 0)
        r = write_output(end, failure);
    bool streamed = end->output.destination && streq(end->output.destination, "-");
    if (r == 0 && end->result.id.hex[0] && !streamed)
        printf("sha256:%s\n", end->result.id.hex);
    return r;
}

/* The exit code. */
static int carry_out(struct build_end *end, struct build_request *request)
{
    struct failure failure = {0};
    const struct build_options *o = end->options;
    int r = build_with_view(end->cli, o, request, &end->result, &failure);
    bool refused = r == -EPERM && end->result.root;
    if (r == 0 && !o->check)
        r = finish(end, &failure);
    if (interrupted)
        return 128 + (int)interrupted;
    if (r < 0) {
        int code = say_failure(end->cli, &failure);
        return refused ? EXIT_REFUSED : code;
    }
    return o->check && end->result.advice.count > 0 ? EXIT_FINDINGS : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct build_options *o = options;
    struct registry_environment environment;
    struct failure failure = {0};
    struct build_request request = {
        .context = arguments->items[0],
        .stream_fd = STDIN_FILENO,
        .dockerfile = o->dockerfile,
        .tags = o->tags, /* lent, as the lists below */
        .secrets = o->secrets,
        .ssh = o->ssh,
        .labels = o->labels,
        .add_hosts = o->add_hosts,
        .contexts = o->contexts,
        .target = o->target,
        .platform = o->platform,
        .network = o->network,
        .shm_size = o->shm_size,
        .no_cache = o->no_cache,
        .pull = o->pull,
        .environment = &environment,
        .check = o->check,
        .require_nonroot = o->require_nonroot,
    };
    struct build_end end = {.cli = cli, .options = o};
    int r = registry_environment_read(&o->registry, &environment, &failure);
    if (r == 0)
        r = read_build_args(o, &request, &failure);
    if (r == 0)
        r = read_epoch(&request, &failure);
    if (r == 0 && o->outputs.count > 0)
        r = build_output_parse(o->outputs.items[0], &end.output, &failure);
    request.no_image = end.output.kind == BUILD_OUTPUT_TAR || end.output.kind == BUILD_OUTPUT_LOCAL;
    int code = r < 0 ? say_failure(cli, &failure) : carry_out(&end, &request);
    strings_free(&request.build_args);
    build_output_free(&end.output);
    build_result_free(&end.result);
    return code;
}

#define ROW(member) OPTION(struct build_options, member)
static const struct build_options defaults = {.registry = REGISTRY_FLAGS_NONE};
static const struct option rows[] = {
    {"add-host", 0, OPTION_STRINGS, ROW(add_hosts), "NAME:IP", "A line of /etc/hosts for RUN"},
    REGISTRY_AUTHFILE_ROW(struct build_options),
    {"build-arg", 0, OPTION_STRINGS, ROW(build_args), "NAME[=VALUE]", "Value of an ARG"},
    {"build-context", 0, OPTION_STRINGS, ROW(contexts), "NAME=FOLDER", "Another context, for --from=NAME"},
    {"check", 0, OPTION_BOOL, ROW(check), NULL, "Build nothing, only say what stands against the Dockerfile"},
    {"file", 'f', OPTION_STRING, ROW(dockerfile), "FILE", "The Dockerfile, - for standard input"},
    {"iidfile", 0, OPTION_STRING, ROW(iidfile), "FILE", "Write the image's id to this file"},
    {"label", 0, OPTION_STRINGS, ROW(labels), "NAME[=VALUE]", "Label of the image"},
    {"network", 0, OPTION_STRING, ROW(network), "MODE", "Network of RUN: default, none, host"},
    {"no-cache", 0, OPTION_BOOL, ROW(no_cache), NULL, "Carry out every step"},
    {"output", 'o', OPTION_STRINGS, ROW(outputs), "type=KIND,dest=PATH", "oci, docker, tar or local"},
    {"platform", 0, OPTION_STRING, ROW(platform), "OS/ARCH", "What the image is for (default: this machine)"},
    {"progress", 0, OPTION_STRING, ROW(progress), "KIND", "auto, plain, tty or quiet"},
    {"pull", 0, OPTION_BOOL, ROW(pull), NULL, "Ask the registry for newer base images"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print only the image's id"},
    {"require-nonroot", 0, OPTION_BOOL, ROW(require_nonroot), NULL, "Refuse an image that ends as root"},
    {"secret", 0, OPTION_STRINGS, ROW(secrets), "id=ID,src=FILE|env=NAME",
     "A secret for RUN --mount=type=secret"},
    {"shm-size", 0, OPTION_STRING, ROW(shm_size), "BYTES", "Size of /dev/shm for RUN"},
    {"ssh", 0, OPTION_STRINGS, ROW(ssh), "default|ID[=SOCKET]", "An ssh agent for RUN --mount=type=ssh"},
    {"tag", 't', OPTION_STRINGS, ROW(tags), "NAME[:TAG]", "Name of the image; may be given several times"},
    {"target", 0, OPTION_STRING, ROW(target), "STAGE", "Build up to this stage"},
    REGISTRY_TLS_ROW(struct build_options),
    REGISTRY_CREDS_ROW(struct build_options),
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_build_flags, NULL};

const struct command cmd_build = {
    .name = "build",
    .usage = "[OPTIONS] FOLDER|-",
    .summary = "Build an image from a Dockerfile",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct build_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .check = check,
    .run = run,
};
