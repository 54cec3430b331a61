/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/manager.h"

#include "base/strings.h"
#include "systemd/property.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"
#define NO_SUCH_UNIT SERVICE ".NoSuchUnit"
#define UNIT_EXISTS SERVICE ".UnitExists"
#define LOOK_AGAIN_US 1000000
#define RETRY_NS 50000000
#define RETRIES 60 /* three seconds: how long a unit that is being stopped is waited for */

#define autobuserror __attribute__((cleanup(sd_bus_error_free)))
#define autobusmessage __attribute__((cleanup(sd_bus_message_unrefp)))

static int fail_call(struct failure *f, int error, const sd_bus_error *e, const char *what)
{
    const char *name = e && e->name ? e->name : "";
    if (streq(name, SD_BUS_ERROR_SERVICE_UNKNOWN) || streq(name, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
        error == -ECONNRESET || error == -ENOTCONN)
        return refuse(f, -EHOSTDOWN, "%s: systemd is not there (any more): %s", what,
                      e && e->message ? e->message : strerror(-error));
    if (e && e->message)
        return refuse(f, error, "%s: %s", what, e->message);
    return fail(f, error, "%s", what);
}

static int open_direct(struct manager *m, bool of_user)
{
    const char *session = getenv("XDG_RUNTIME_DIR");
    char address[256];
    int n = snprintf(address, sizeof(address), "unix:path=%s/systemd/private", of_user ? session : "/run");
    if ((of_user && !session) || n < 0 || (size_t)n >= sizeof(address))
        return -ENOMEDIUM;
    int r = sd_bus_new(&m->bus);
    if (r >= 0)
        r = sd_bus_set_address(m->bus, address);
    return r < 0 ? r : sd_bus_start(m->bus);
}

/* org.freedesktop.systemd1.Manager.JobRemoved(u id, o job, s unit, s result) */
static int job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
    struct manager *m = context;
    const char *job, *unit, *result;
    uint32_t id;
    (void)error;
    if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0 && streq(job, m->job))
        (void)snprintf(m->result, sizeof(m->result), "%s", result); /* longer than any that there is: cut */
    return 0;
}

int manager_open(struct manager *m, bool of_user, struct failure *failure)
{
    autobuserror sd_bus_error error = SD_BUS_ERROR_NULL;
    *m = (struct manager){.sender = SERVICE};
    int r = of_user ? sd_bus_open_user(&m->bus) : sd_bus_open_system(&m->bus);
    if (r < 0) {
        int first = r;
        m->sender = NULL;
        r = open_direct(m, of_user);
        if (r < 0)
            return refuse(failure, -EHOSTDOWN, "connecting to %s: %s",
                          of_user ? "the user's bus" : "the system bus", strerror(-first));
    }
    r = sd_bus_match_signal(m->bus, NULL, m->sender, OBJECT, MANAGER, "JobRemoved", job_removed, m);
    if (r >= 0)
        r = sd_bus_call_method(m->bus, SERVICE, OBJECT, MANAGER, "Subscribe", &error, NULL, NULL);
    return r < 0 ? fail_call(failure, r, &error, "subscribing to systemd's signals") : 0;
}

void manager_close(struct manager *m)
{
    m->bus = sd_bus_flush_close_unref(m->bus);
}

/* A property of the unit itself (`interface` ".Unit") or of its type; the caller frees *ret_text. */
static int unit_get(struct manager *m, const char *name, const char *interface, const char *property,
                    char **ret_text)
{
    autofree char *path = NULL;
    char full[64];
    (void)snprintf(full, sizeof(full), SERVICE "%s", interface); /* fits */
    int r = sd_bus_path_encode(OBJECT "/unit", name, &path);
    return r < 0 ? r : sd_bus_get_property_string(m->bus, SERVICE, path, full, property, NULL, ret_text);
}

/* The signal may have been lost when systemd was executed anew: what the unit is counts too. */
static int wait_job(struct manager *m, const char *name, const char *wanted, struct failure *failure)
{
    while (m->result[0] == '\0') {
        int r = sd_bus_process(m->bus, NULL);
        if (r == 0) {
            r = sd_bus_wait(m->bus, LOOK_AGAIN_US);
            if (r == 0) {
                autofree char *state = NULL;
                r = unit_get(m, name, ".Unit", "ActiveState", &state);
                if (r >= 0 && streq(state, wanted))
                    return 0;
            }
        }
        if (r < 0 && r != -EINTR)
            return fail_call(failure, r, NULL, "waiting for systemd");
    }
    if (streq(m->result, "done"))
        return 0;
    return refuse(failure, -EIO, "systemd's job for the unit %s ended with \"%s\"", name, m->result);
}

static int take_job(struct manager *m, sd_bus_message *reply)
{
    const char *job;
    int r = sd_bus_message_read(reply, "o", &job);
    if (r < 0)
        return r;
    if (strlen(job) >= sizeof(m->job))
        return -EBADMSG;
    memcpy(m->job, job, strlen(job) + 1);
    m->result[0] = '\0';
    return 0;
}

static bool is_slice(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && streq(dot, ".slice");
}

static int append_properties(sd_bus_message *call, const struct manager_unit *unit)
{
    int r = 0;
    for (int i = 0; r >= 0 && i < unit->property_count; i++)
        r = property_append(call, unit->properties[i]);
    return r;
}

/* Process 0 is whoever asks, whatever pid namespaces lie between. */
static int call_start(struct manager *m, const struct manager_unit *unit, sd_bus_error *error,
                      sd_bus_message **ret_reply)
{
    autobusmessage sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(m->bus, &call, SERVICE, OBJECT, MANAGER, "StartTransientUnit");
    if (r >= 0)
        r = sd_bus_message_append(call, "ss", unit->name, "replace");
    if (r >= 0)
        r = sd_bus_message_open_container(call, 'a', "(sv)");
    if (r >= 0)
        r = append_properties(call, unit);
    if (r >= 0 && !is_slice(unit->name))
        r = sd_bus_message_append(call, "(sv)", "PIDs", "au", 1, UINT32_C(0));
    if (r >= 0)
        r = sd_bus_message_close_container(call);
    if (r >= 0)
        r = sd_bus_message_append(call, "a(sa(sv))", 0);
    return r < 0 ? r : sd_bus_call(m->bus, call, 0, error, ret_reply);
}

/* What is left under the name: 1 when it is worth trying again, else negative errno. */
static int clear_name(struct manager *m, const char *name, struct failure *failure)
{
    autofree char *state = NULL;
    const struct timespec pause = {.tv_nsec = RETRY_NS};
    int r = unit_get(m, name, ".Unit", "ActiveState", &state);
    if (r < 0)
        return fail_call(failure, r, NULL, "looking at the unit that is there already");
    if (streq(state, "active") || streq(state, "activating"))
        return refuse(failure, -EEXIST, "the unit %s is there already and is %s", name, state);
    ignore(sd_bus_call_method(m->bus, SERVICE, OBJECT, MANAGER, "ResetFailedUnit", NULL, NULL, "s", name) >=
           0);
    (void)nanosleep(&pause, NULL);
    return 1;
}

int manager_start(struct manager *m, const struct manager_unit *unit, char **ret_group,
                  struct failure *failure)
{
    for (int tries = 0;; tries++) {
        autobuserror sd_bus_error error = SD_BUS_ERROR_NULL;
        autobusmessage sd_bus_message *reply = NULL;
        int r = call_start(m, unit, &error, &reply);
        if (r >= 0) {
            r = take_job(m, reply);
            if (r < 0)
                return fail_call(failure, r, NULL, "reading systemd's answer");
            break;
        }
        bool exists = sd_bus_error_has_name(&error, UNIT_EXISTS);
        if (!exists || tries == RETRIES)
            return fail_call(failure, exists ? -EEXIST : r, &error, "starting the unit");
        r = clear_name(m, unit->name, failure);
        if (r < 0)
            return r;
    }
    int r = wait_job(m, unit->name, "active", failure);
    if (r == 0)
        r = unit_get(m, unit->name, is_slice(unit->name) ? ".Slice" : ".Scope", "ControlGroup", ret_group);
    return r < 0 && failure->error == 0 ? fail_call(failure, r, NULL, "asking for the unit's control group")
                                        : r;
}

int manager_set(struct manager *m, const struct manager_unit *unit, struct failure *failure)
{
    autobuserror sd_bus_error error = SD_BUS_ERROR_NULL;
    autobusmessage sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(m->bus, &call, SERVICE, OBJECT, MANAGER, "SetUnitProperties");
    if (r >= 0)
        r = sd_bus_message_append(call, "sb", unit->name, 1);
    if (r >= 0)
        r = sd_bus_message_open_container(call, 'a', "(sv)");
    if (r >= 0)
        r = append_properties(call, unit);
    if (r >= 0)
        r = sd_bus_message_close_container(call);
    if (r >= 0)
        r = sd_bus_call(m->bus, call, 0, &error, NULL);
    return r < 0 ? fail_call(failure, r, &error, "changing the unit's properties") : 0;
}

int manager_stop(struct manager *m, const char *name, struct failure *failure)
{
    autobuserror sd_bus_error error = SD_BUS_ERROR_NULL;
    autobusmessage sd_bus_message *reply = NULL;
    int r = sd_bus_call_method(m->bus, SERVICE, OBJECT, MANAGER, "StopUnit", &error, &reply, "ss", name,
                               "replace");
    if (r < 0 && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
        return 0;
    if (r >= 0)
        r = take_job(m, reply);
    if (r < 0)
        return fail_call(failure, r, &error, "stopping the unit");
    r = wait_job(m, name, "inactive", failure);
    /* It has mostly forgotten it by itself. */
    ignore(sd_bus_call_method(m->bus, SERVICE, OBJECT, MANAGER, "ResetFailedUnit", NULL, NULL, "s", name) >=
           0);
    return r;
}
