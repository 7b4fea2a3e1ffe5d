/* A PKCS#11 module for tests: passes everything on to the module in HSM_BEHIND, but hinders it as the file HSM_UNDER_FIRE/how says.

   "away": every call that leads to the token says CKR_DEVICE_REMOVED, also later, until the module was begun anew. "slow": each takes 50 ms.
   "hang": each waits until the file says something else. Each login adds a byte to HSM_UNDER_FIRE/logins.
   Needs no headers; the order of functions is that of CK_FUNCTION_LIST (PKCS#11 v2.40). */

typedef unsigned long ulong;
typedef ulong (*function)();
struct list { ulong version; function at[68]; };

extern void *dlopen(const char *, int);
extern void *dlsym(void *, const char *);
extern char *getenv(const char *);
extern int snprintf(char *, ulong, const char *, ...);
extern int open(const char *, int, ...);
extern long read(int, void *, ulong);
extern long write(int, const void *, ulong);
extern int close(int);
extern int usleep(unsigned);

enum { INITIALIZE = 0, GET_FUNCTION_LIST = 3, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, LOGIN = 18,
       FIND_OBJECTS_INIT = 26, ENCRYPT_INIT = 29, DECRYPT_INIT = 33 };
enum { OK = 0, DEVICE_REMOVED = 0x32, READ = 0, APPEND = 02001 | 0100 };

static struct list own, *behind;
static int was_away;

static char how(void)
{
    char path[4096], word = 0;
    snprintf(path, sizeof path, "%s/how", getenv("HSM_UNDER_FIRE"));
    int file = open(path, READ);
    if (file >= 0) { if (read(file, &word, 1) != 1) word = 0; close(file); }
    return word;
}

static ulong hindered(void)
{
    while (how() == 'h') usleep(20000);
    if (how() == 's') usleep(50000);
    if (how() == 'a') was_away = 1;
    return was_away ? DEVICE_REMOVED : OK;
}

#define PASSED(name, place, declared, given) \
    static ulong name declared { ulong no = hindered(); return no ? no : behind->at[place] given; }

PASSED(get_token_info, GET_TOKEN_INFO, (ulong slot, void *info), (slot, info))
PASSED(open_session, OPEN_SESSION, (ulong slot, ulong flags, void *a, void *b, ulong *made), (slot, flags, a, b, made))
PASSED(find_objects_init, FIND_OBJECTS_INIT, (ulong session, void *wanted, ulong count), (session, wanted, count))
PASSED(encrypt_init, ENCRYPT_INIT, (ulong session, void *mechanism, ulong key), (session, mechanism, key))
PASSED(decrypt_init, DECRYPT_INIT, (ulong session, void *mechanism, ulong key), (session, mechanism, key))

static ulong initialize(void *given)
{
    was_away = 0;
    return behind->at[INITIALIZE](given);
}

static ulong login(ulong session, ulong who, void *pin, ulong length)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/logins", getenv("HSM_UNDER_FIRE"));
    int file = open(path, APPEND, 0600);
    if (file >= 0) { if (write(file, "x", 1) != 1) return DEVICE_REMOVED; close(file); }
    return behind->at[LOGIN](session, who, pin, length);
}

static ulong get_function_list(struct list **told) { *told = &own; return OK; }

ulong C_GetFunctionList(struct list **told)
{
    if (!behind) {
        void *module = dlopen(getenv("HSM_BEHIND"), 2);
        if (!module) return DEVICE_REMOVED;
        ((function)dlsym(module, "C_GetFunctionList"))(&behind);
        own = *behind;
        own.at[INITIALIZE] = initialize;
        own.at[GET_FUNCTION_LIST] = get_function_list;
        own.at[GET_TOKEN_INFO] = get_token_info;
        own.at[OPEN_SESSION] = open_session;
        own.at[LOGIN] = login;
        own.at[FIND_OBJECTS_INIT] = find_objects_init;
        own.at[ENCRYPT_INIT] = encrypt_init;
        own.at[DECRYPT_INIT] = decrypt_init;
    }
    return get_function_list(told);
}
