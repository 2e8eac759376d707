/* What a plugin does to the process that it shares with the host, undone after each call. All functions are for the main
 * thread unless said otherwise. */

/* What had to be put back: bits of ib_contain_take. */
#define IB_CHANGED_LOCALE 1
#define IB_CHANGED_FLOATING_POINT 2
#define IB_CHANGED_SIGNAL_MASK 4
#define IB_CHANGED_SIGNAL_HANDLERS 8
#define IB_CHANGED_FOLDER 16
#define IB_CHANGED_UMASK 32
#define IB_CHANGED_OUTPUT 64 /* descriptors 0 to 2 */

/* The same open file under a number that few plugins guess, close-on-exec; `fd` is closed. `fd` itself if there is no such
 * number to be had. */
int ib_descriptor_raise(int fd);

/* Note what the process is like before a plugin has been in it. NULL, or why it cannot be noted. */
const char *ib_contain_start(void);

/* A descriptor that the host cannot do without: whoever finds it closed or replaced ends the process. */
void ib_contain_descriptor(int fd);

/* After a call into the plugin, in its phase still: put everything back as it was before. Nothing before ib_contain_start.
 * Does not return if a descriptor of ib_contain_descriptor is gone. */
void ib_contain_restore(void);

/* Everything that was put back since the last call: IB_CHANGED_* bits. */
uint32_t ib_contain_take(void);

/* Let orphans among this process's descendants become its children. 1, or 0 where that cannot be had. */
int ib_adopt_orphans(void);

/* No longer trace a thread that has stopped; it goes on with `signal`, 0 for none. 1, or 0 where it is not traced. */
int ib_trace_end(int thread, int signal);
