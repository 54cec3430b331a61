/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/oci_device.h"

#define ANY (-1)

static const struct oci_device default_devices[] = {
    {.type = 'c', .path = "/dev/null", .major = 1, .minor = 3, .mode = {true, 0666}},
    {.type = 'c', .path = "/dev/zero", .major = 1, .minor = 5, .mode = {true, 0666}},
    {.type = 'c', .path = "/dev/full", .major = 1, .minor = 7, .mode = {true, 0666}},
    {.type = 'c', .path = "/dev/random", .major = 1, .minor = 8, .mode = {true, 0666}},
    {.type = 'c', .path = "/dev/urandom", .major = 1, .minor = 9, .mode = {true, 0666}},
    {.type = 'c', .path = "/dev/tty", .major = 5, .minor = 0, .mode = {true, 0666}},
};

const struct oci_device *oci_default_device(size_t i)
{
    return i < sizeof(default_devices) / sizeof(default_devices[0]) ? &default_devices[i] : NULL;
}

/* Allowed to everybody beside the default devices: consoles, pseudo terminals, tun, fuse. */
static const struct {
    int64_t major, minor;
} usual_devices[] = {
    {5, 1},     {5, 2},     {136, ANY}, {137, ANY}, {138, ANY}, {139, ANY},
    {140, ANY}, {141, ANY}, {142, ANY}, {143, ANY}, {10, 200},  {10, 229},
};

bool oci_device_rule_is_all(const struct oci_device_rule *rule)
{
    return rule->allow && rule->type == 'a' && rule->major == ANY && rule->minor == ANY &&
           rule->access & (OCI_DEVICE_READ | OCI_DEVICE_WRITE);
}

static bool rule_is_within(const struct oci_device_rule *rule, int64_t major, int64_t minor)
{
    return rule->major == major && (minor == ANY || rule->minor == minor);
}

bool oci_device_rule_is_foreign(const struct oci_config *c, const struct oci_device_rule *rule)
{
    if (!rule->allow || (rule->access & (OCI_DEVICE_READ | OCI_DEVICE_WRITE)) == 0)
        return false;
    for (size_t i = 0; i < c->platform.device_count; i++) {
        const struct oci_device *d = &c->platform.devices[i];
        if (d->type == rule->type && rule_is_within(rule, d->major, d->minor))
            return false;
    }
    if (rule->type != 'c')
        return true;
    for (size_t i = 0; i < sizeof(default_devices) / sizeof(default_devices[0]); i++)
        if (rule_is_within(rule, default_devices[i].major, default_devices[i].minor))
            return false;
    for (size_t i = 0; i < sizeof(usual_devices) / sizeof(usual_devices[0]); i++)
        if (rule_is_within(rule, usual_devices[i].major, usual_devices[i].minor))
            return false;
    return true;
}

bool oci_device_reaches_host(const struct oci_device *device)
{
    if (device->type == 'b')
        return true;
    /* mem, kmem, port; SCSI generic; raw */
    return device->type == 'c' &&
           ((device->major == 1 && (device->minor == 1 || device->minor == 2 || device->minor == 4)) ||
            device->major == 21 || device->major == 162);
}
