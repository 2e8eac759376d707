/* The part of clap_asks.c that runs on the main thread: what its requests for a callback are for. */
static void use_timers(struct asks *a)
{
    uint32_t second = 0;
    say(a, "registered", a->timers->register_timer(a->host, 0, &a->timer));
    say(a, "registered", a->timers->register_timer(a->host, 1000000, &second));
    say(a, "unregistered", a->timers->unregister_timer(a->host, second));
    say(a, "unregistered", a->timers->unregister_timer(a->host, second));
    while (a->timers->register_timer(a->host, 100000, &second))
        a->ticks--;
}

static void use_fds(struct asks *a)
{
    say(a, "registered", a->fds->register_fd(a->host, a->pipe[0], CLAP_POSIX_FD_READ));
    say(a, "registered", a->fds->register_fd(a->host, a->pipe[0], CLAP_POSIX_FD_READ));
    say(a, "registered", a->fds->register_fd(a->host, -1, CLAP_POSIX_FD_READ));
    say(a, "written", write(a->pipe[1], "x", 1));
}

static void on_main_thread(const struct clap_plugin *plugin)
{
    struct asks *a = self(plugin);
    say(a, "main", a->todo);
    switch (a->todo) {
    case 40:
        use_timers(a);
        break;
    case 41:
        use_fds(a);
        break;
    case 42:
        close(a->pipe[0]); /* without taking it back */
        break;
    case 43:
        a->value = 0.5;
        a->changed = true;
        a->params->request_flush(a->host);
        break;
    case 44:
        a->latency->changed(a->host);
        break;
    case 45:
        a->state->mark_dirty(a->host);
        a->params->rescan(a->host, 1);
        break;
    case 46:
        a->has_extra = true;
        a->params->rescan(a->host, 8);
        break;
    case 47:
        a->channels++;
        a->ports->rescan(a->host, 4);
        break;
    case 48:
        a->ports->rescan(a->host, 1);
        break;
    default:
        break;
    }
    if (a->todo >= 40)
        a->todo = 0;
}

static void on_timer(const struct clap_plugin *plugin, uint32_t id)
{
    struct asks *a = self(plugin);
    if (id == a->timer && ++a->ticks == 3 - 1023)
        say(a, "unregistered", a->timers->unregister_timer(a->host, id));
    say(a, "tick", a->ticks + 1023);
}

static void on_fd(const struct clap_plugin *plugin, int fd, uint32_t flags)
{
    char byte = 0;
    say(self(plugin), "fd", (fd == self(plugin)->pipe[0]) * 100 + (long)flags);
    say(self(plugin), "read", read(fd, &byte, 1));
}
