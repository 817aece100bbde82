/* A SANE backend for the tests: a scanner with a button, which SANE's own virtual backends have not.

   One device, "0": a glass that always gives a page, a feeder that is always empty, and the sensors page-loaded,
   cover-open and scan. The folder named by BUTTON_SENSORS plays the hardware: a sensor is on while a file of its name
   lies there. "scan-kept" is a press that the device keeps until it is asked, "slow" makes every read take 50 ms,
   "one-sheet" lets each opening give one sheet only, "one-start" lets a second one hang, and "asked" grows by one byte each time the button is asked. SANE's dynamic loader finds it as libsane-button.so.1 in
   LD_LIBRARY_PATH, sane-dll(5). */

#include <fcntl.h>
#include <limits.h>
#include <sane/sane.h>
#include <sane/saneopts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT, SOURCE, MODE, DPI, LEFT, TOP, RIGHT, BOTTOM, PAGE, COVER, BUTTON, OPTIONS };

static const SANE_String_Const sources[] = { "Flatbed", "ADF", NULL };
static const SANE_String_Const modes[] = { "Gray", "Color", NULL };
static const SANE_Range resolutions = { 50, 600, 1 };
static const SANE_Range glass = { 0, SANE_FIX(300), 0 };

#define SETTABLE (SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT)
#define TEXT(name, list) \
    { name, name, "", SANE_TYPE_STRING, SANE_UNIT_NONE, 16, SETTABLE, SANE_CONSTRAINT_STRING_LIST, { .string_list = list } }
#define EDGE(name) \
    { name, name, "", SANE_TYPE_FIXED, SANE_UNIT_MM, 4, SETTABLE, SANE_CONSTRAINT_RANGE, { .range = &glass } }
#define SENSOR(name) \
    { name, name, "", SANE_TYPE_BOOL, SANE_UNIT_NONE, 4, SANE_CAP_SOFT_DETECT, SANE_CONSTRAINT_NONE, { NULL } }

static const SANE_Option_Descriptor options[OPTIONS] = {
    { "", "", "", SANE_TYPE_INT, SANE_UNIT_NONE, 4, SANE_CAP_SOFT_DETECT, SANE_CONSTRAINT_NONE, { NULL } },
    TEXT(SANE_NAME_SCAN_SOURCE, sources),
    TEXT(SANE_NAME_SCAN_MODE, modes),
    { SANE_NAME_SCAN_RESOLUTION, "", "", SANE_TYPE_INT, SANE_UNIT_DPI, 4, SETTABLE, SANE_CONSTRAINT_RANGE,
      { .range = &resolutions } },
    EDGE(SANE_NAME_SCAN_TL_X),
    EDGE(SANE_NAME_SCAN_TL_Y),
    EDGE(SANE_NAME_SCAN_BR_X),
    EDGE(SANE_NAME_SCAN_BR_Y),
    SENSOR("page-loaded"),
    SENSOR("cover-open"),
    SENSOR("scan"),
};

static SANE_Word values[OPTIONS] = { OPTIONS, 0, 0, 50, 0, 0, SANE_FIX(210), SANE_FIX(297) };
static int from_feeder, in_colour, scanning, sheets;
static long sent;

static const char *hardware(const char *name) {
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", getenv("BUTTON_SENSORS"), name);
    return path;
}

static SANE_Bool sensed(const char *name) {
    return access(hardware(name), F_OK) == 0;
}

static SANE_Bool pressed(void) {
    int asked = open(hardware("asked"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (asked >= 0) {
        if (write(asked, "?", 1) != 1) abort();
        close(asked);
    }
    return unlink(hardware("scan-kept")) == 0 || sensed("scan");
}

SANE_Status sane_button_init(SANE_Int *version, SANE_Auth_Callback authorize) {
    (void)authorize;
    if (version) *version = SANE_VERSION_CODE(1, 0, 0);
    return SANE_STATUS_GOOD;
}

void sane_button_exit(void) {}

SANE_Status sane_button_get_devices(const SANE_Device ***list, SANE_Bool local) {
    static const SANE_Device device = { "0", "Invented", "Button", "flatbed scanner" };
    static const SANE_Device *devices[] = { &device, NULL };
    (void)local;
    *list = devices;
    return SANE_STATUS_GOOD;
}

SANE_Status sane_button_open(SANE_String_Const name, SANE_Handle *handle) {
    if (strcmp(name, "0") != 0) return SANE_STATUS_INVAL;
    *handle = values;
    return SANE_STATUS_GOOD;
}

void sane_button_close(SANE_Handle handle) { (void)handle; }

const SANE_Option_Descriptor *sane_button_get_option_descriptor(SANE_Handle handle, SANE_Int option) {
    (void)handle;
    return option >= 0 && option < OPTIONS ? &options[option] : NULL;
}

SANE_Status sane_button_control_option(SANE_Handle handle, SANE_Int option, SANE_Action action, void *value,
                                       SANE_Int *info) {
    (void)handle;
    if (option < 0 || option >= OPTIONS || action == SANE_ACTION_SET_AUTO) return SANE_STATUS_INVAL;
    if (info) *info = 0;
    if (action == SANE_ACTION_GET_VALUE) {
        if (option == SOURCE) strcpy(value, sources[from_feeder]);
        else if (option == MODE) strcpy(value, modes[in_colour]);
        else if (option == BUTTON) *(SANE_Bool *)value = pressed();
        else if (option == PAGE || option == COVER) *(SANE_Bool *)value = sensed(options[option].name);
        else *(SANE_Word *)value = values[option];
        return SANE_STATUS_GOOD;
    }
    /* As real backends do: while a page is on its way nothing can be set. */
    if (scanning || !(options[option].cap & SANE_CAP_SOFT_SELECT)) return SANE_STATUS_INVAL;
    if (option == SOURCE) from_feeder = strcmp(value, "ADF") == 0;
    else if (option == MODE) in_colour = strcmp(value, "Color") == 0;
    else values[option] = *(SANE_Word *)value;
    return SANE_STATUS_GOOD;
}

SANE_Status sane_button_get_parameters(SANE_Handle handle, SANE_Parameters *parameters) {
    double dots_per_mm = values[DPI] / 25.4;
    (void)handle;
    parameters->format = in_colour ? SANE_FRAME_RGB : SANE_FRAME_GRAY;
    parameters->last_frame = SANE_TRUE;
    parameters->depth = 8;
    parameters->pixels_per_line = SANE_UNFIX(values[RIGHT] - values[LEFT]) * dots_per_mm + 0.5;
    parameters->lines = SANE_UNFIX(values[BOTTOM] - values[TOP]) * dots_per_mm + 0.5;
    parameters->bytes_per_line = parameters->pixels_per_line * (in_colour ? 3 : 1);
    return SANE_STATUS_GOOD;
}

SANE_Status sane_button_start(SANE_Handle handle) {
    (void)handle;
    if (scanning) return SANE_STATUS_DEVICE_BUSY; /* the head is not at home: sane_cancel comes first */
    if (from_feeder) return SANE_STATUS_NO_DOCS;
    if (sheets && sensed("one-sheet")) return SANE_STATUS_INVAL;
    while (sheets && sensed("one-start")) usleep(1000);
    scanning = 1;
    sent = 0;
    sheets++;
    return SANE_STATUS_GOOD;
}

SANE_Status sane_button_read(SANE_Handle handle, SANE_Byte *data, SANE_Int most, SANE_Int *length) {
    SANE_Parameters page;
    long left;
    sane_button_get_parameters(handle, &page);
    left = (long)page.bytes_per_line * page.lines - sent;
    *length = 0;
    if (!scanning) return SANE_STATUS_CANCELLED;
    if (left == 0) return SANE_STATUS_EOF;
    if (sensed("slow")) {
        usleep(50000);
        most = most > page.bytes_per_line ? page.bytes_per_line : most;
    }
    for (*length = 0; *length < most && *length < left; sent++, (*length)++)
        data[*length] = sent / page.bytes_per_line * 3 + sheets * 40; /* each sheet begins with a grey of its own */
    return SANE_STATUS_GOOD;
}

void sane_button_cancel(SANE_Handle handle) {
    (void)handle;
    scanning = 0;
}

SANE_Status sane_button_set_io_mode(SANE_Handle handle, SANE_Bool non_blocking) {
    (void)handle;
    return non_blocking ? SANE_STATUS_UNSUPPORTED : SANE_STATUS_GOOD;
}

SANE_Status sane_button_get_select_fd(SANE_Handle handle, SANE_Int *fd) {
    (void)handle;
    (void)fd;
    return SANE_STATUS_UNSUPPORTED;
}
