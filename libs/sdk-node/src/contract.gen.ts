// Made by scripts/generate-sdk.mjs of the gateway’s OpenAPI document.

export type SendMessage = {
    channel: string;
    message: string;
    conversation_id?: ConvId;
    /**
     * Whose message it is, for tokens with the scope admin
     */
    person?: Person;
    metadata?: {
        attachments?: Array<Attachment>;
        [key: string]: unknown;
    };
    /**
     * false: 202 at once
     */
    wait_for_response?: boolean;
    /**
     * How long this caller waits
     */
    timeout_ms?: number;
    /**
     * thinking: events with what the model thinks, where it tells
     */
    include?: Array<'thinking'>;
    /**
     * Answer below this message: an edit branches the conversation
     */
    parent_id?: MsgId;
    on_busy?: 'queue' | 'reject' | 'interrupt';
};

/**
 * An opaque id, sortable by time
 */
export type ConvId = string;

/**
 * Whose it is; `owner` unless something else says otherwise
 */
export type Person = string;

export type Attachment = unknown & {
    name?: string;
    /**
     * text*, application/json, application/pdf, image/png, image/jpeg, image/gif or image/webp
     */
    media_type?: string;
    /**
     * data:<type>;base64,<data> or https://…
     */
    url?: string;
    text?: string;
    /**
     * A file of POST /files
     */
    file_id?: FileId;
};

/**
 * An opaque id, sortable by time
 */
export type FileId = string;

/**
 * An opaque id, sortable by time
 */
export type MsgId = string;

export type Regenerate = {
    /**
     * false: 202 at once
     */
    wait_for_response?: boolean;
    /**
     * How long this caller waits
     */
    timeout_ms?: number;
    /**
     * thinking: events with what the model thinks, where it tells
     */
    include?: Array<'thinking'>;
    on_busy?: 'queue' | 'reject' | 'interrupt';
};

export type PatchConversation = {
    title?: string | null;
    /**
     * Replaces the conversation’s metadata
     */
    metadata?: {
        [key: string]: unknown;
    };
    pinned?: boolean;
    /**
     * Lists leave archived conversations out
     */
    archived?: boolean;
    /**
     * Replaces the tags
     */
    tags?: Array<string>;
};

export type AddMemory = {
    content?: string;
    /**
     * message where author or thread is given, else fact
     */
    kind?: 'message' | 'fact' | 'preference' | 'task' | 'event';
    /**
     * Who said it; the person where it is left out
     */
    author?: string;
    /**
     * When it was said; now where it is left out
     */
    at?: string;
    /**
     * Names what belongs together, e.g. a conversation elsewhere
     */
    thread?: string;
    /**
     * By the kind where it is left out
     */
    importance?: number;
    pinned?: boolean;
    tags?: Array<string>;
    /**
     * Instead of one: several, kept in this order
     */
    entries?: Array<{
        content: string;
        /**
         * message where author or thread is given, else fact
         */
        kind?: 'message' | 'fact' | 'preference' | 'task' | 'event';
        /**
         * Who said it; the person where it is left out
         */
        author?: string;
        /**
         * When it was said; now where it is left out
         */
        at?: string;
        /**
         * Names what belongs together, e.g. a conversation elsewhere
         */
        thread?: string;
        /**
         * By the kind where it is left out
         */
        importance?: number;
        /**
         * Never pruned
         */
        pinned?: boolean;
        tags?: Array<string>;
    }>;
    /**
     * Whose memory it is, for tokens that may say so
     */
    person?: Person;
};

export type SearchMemory = {
    query: string;
    limit?: number;
    type?: 'all' | 'wal' | 'compacted';
    /**
     * Said at or after this time
     */
    since?: string;
    /**
     * Said at or before this time
     */
    until?: string;
    conversation_id?: ConvId;
    min_score?: number;
    person?: Person;
};

export type PruneMemory = {
    /**
     * Said before this time
     */
    before?: string;
    type?: 'all' | 'wal' | 'compacted';
    kinds?: Array<'message' | 'fact' | 'preference' | 'task' | 'event'>;
    max_importance?: number;
    /**
     * Neither made nor shown to the agent for so long
     */
    unused_for_days?: number;
    confirm?: boolean;
    dry_run?: boolean;
    person?: Person;
};

/**
 * An opaque id, sortable by time
 */
export type MemId = string;

export type PatchMemory = {
    content?: string;
    kind?: 'message' | 'fact' | 'preference' | 'task' | 'event';
    importance?: number;
    pinned?: boolean;
    tags?: Array<string>;
    /**
     * Whether it, a task, is done
     */
    done?: boolean;
};

export type PatchSkill = {
    status: 'active' | 'disabled';
};

export type InstallSkill = {
    /**
     * The package itself: text by path, SKILL.md among them
     */
    files?: {
        [key: string]: string;
    };
    /**
     * The folder in the package that is the skill, where it is not the only one
     */
    path?: string;
    /**
     * A skill of a configured registry
     */
    name?: string;
    /**
     * With `name`: that one; the newest that is no pre-release where it is left out
     */
    version?: string;
    /**
     * An https address of a .tar.gz, a .zip or a SKILL.md
     */
    source?: string;
    /**
     * Refuse any other package than this one
     */
    digest?: string;
    /**
     * Take the place of the skill of that name
     */
    replace?: boolean;
};

export type CreateSchedule = {
    name?: string;
    /**
     * Minute, hour, day of month, month, day of week; or a word from `@hourly` to `@yearly`
     */
    cron?: string;
    /**
     * Once: a date and time, read in the time zone where it has no offset
     */
    at?: string;
    /**
     * A name such as Europe/Berlin, or an offset
     */
    timezone?: string;
    message: string;
    /**
     * Where it is said; left out: in a conversation of its own each time
     */
    conversation_id?: ConvId;
    /**
     * Whose it is
     */
    person?: Person;
    /**
     * Not in this version: anything but null is refused
     */
    deliver?: null;
    /**
     * Of slots that nobody was there for: none runs, the newest, or each in turn (at most 24)
     */
    missed?: 'skip' | 'once' | 'all';
    enabled?: boolean;
};

/**
 * An opaque id, sortable by time
 */
export type SchId = string;

export type PatchSchedule = {
    name?: string | null;
    /**
     * Minute, hour, day of month, month, day of week; or a word from `@hourly` to `@yearly`
     */
    cron?: string;
    /**
     * Once: a date and time, read in the time zone where it has no offset
     */
    at?: string;
    /**
     * A name such as Europe/Berlin, or an offset
     */
    timezone?: string;
    message?: string;
    conversation_id?: ConvId | null;
    /**
     * Not in this version: anything but null is refused
     */
    deliver?: null;
    /**
     * Of slots that nobody was there for: none runs, the newest, or each in turn (at most 24)
     */
    missed?: 'skip' | 'once' | 'all';
    enabled?: boolean;
};

export type CreateToken = {
    /**
     * A name that tells it from the others, e.g. laptop
     */
    name: string;
    /**
     * No more than the token has that makes it
     */
    scopes: Array<'read' | 'message' | 'memory' | 'admin'>;
    /**
     * Whose things it makes and sees; that of the token that makes it where it is left out
     */
    person?: Person;
    /**
     * Left out or null: as long as the token that makes it
     */
    expires_at?: string | null;
    /**
     * Not in this version: anything but null is refused
     */
    limits?: null;
};

/**
 * An opaque id, sortable by time
 */
export type TokId = string;

/**
 * A merge patch (RFC 7396) of the configuration, as gateway.yaml has it. Lists are replaced whole; null takes back what the API changed there and below
 */
export type ConfigPatch = {
    gateway?: {
        [key: string]: unknown;
    } | null;
    providers?: {
        [key: string]: unknown;
    } | null;
    agent?: {
        [key: string]: unknown;
    } | null;
    memory?: {
        [key: string]: unknown;
    } | null;
    skills?: {
        [key: string]: unknown;
    } | null;
    cost_control?: {
        [key: string]: unknown;
    } | null;
    worker?: {
        [key: string]: unknown;
    } | null;
    channels?: {
        [key: string]: unknown;
    } | null;
    database?: {
        [key: string]: unknown;
    } | null;
    skill_gate?: {
        [key: string]: unknown;
    } | null;
    proxy?: {
        [key: string]: unknown;
    } | null;
    redis?: {
        [key: string]: unknown;
    } | null;
};

export type Reply = {
    id: MsgId;
    conversation_id: ConvId;
    role: 'assistant';
    content: string;
    skills_used: Array<string>;
    tokens: TokenUsage;
    /**
     * From acceptance to the end of the reply, milliseconds
     */
    latency_ms: number;
    model: string;
    finish_reason: string;
    /**
     * null where the price is not known
     */
    cost_usd: number | null;
    created_at: string;
    /**
     * Files that the agent made, where there are any
     */
    attachments?: Array<MadeFile>;
    /**
     * What was not done as asked, where there is any
     */
    warnings?: Array<Warning>;
};

export type TokenUsage = {
    input: number;
    output: number;
    total: number;
};

export type MadeFile = {
    id: FileId;
    name: string;
    media_type: string;
    size: number;
};

export type Warning = {
    /**
     * message_shortened, attachment_unreadable, attachment_left_out, provider_changed; others may come
     */
    code: string;
    message: string;
};

export type Event = {
    type: 'start';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    attempt: number;
    model: string;
} | {
    type: 'token';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    content: string;
} | {
    type: 'thinking';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    /**
     * What the model thinks; only where `include` asked for it
     */
    content: string;
} | {
    type: 'skill_call';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    call_id: string;
    skill: string;
    status: 'invoking';
    arguments: unknown;
} | {
    type: 'skill_result';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    call_id: string;
    skill: string;
    status: 'completed' | 'failed';
    summary: string;
} | {
    type: 'attachment';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    attachment: MadeFile;
} | {
    type: 'restart';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    attempt: number;
} | {
    type: 'end';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    content: string;
    skills_used: Array<string>;
    tokens: TokenUsage;
    /**
     * From acceptance to the end of the reply, milliseconds
     */
    latency_ms: number;
    model: string;
    finish_reason: string;
    /**
     * null where the price is not known
     */
    cost_usd: number | null;
    created_at: string;
    /**
     * Files that the agent made, where there are any
     */
    attachments?: Array<MadeFile>;
    /**
     * What was not done as asked, where there is any
     */
    warnings?: Array<Warning>;
} | {
    type: 'error';
    id: MsgId;
    /**
     * From 1, without gaps
     */
    seq: number;
    conversation_id: ConvId;
    error: 'bad_request' | 'unauthorized' | 'forbidden' | 'not_found' | 'method_not_allowed' | 'timeout' | 'conflict' | 'payload_too_large' | 'unsupported_media_type' | 'range_not_satisfiable' | 'rate_limited' | 'internal_error' | 'upstream_error' | 'service_unavailable';
    /**
     * What a person can do about it
     */
    message: string;
    status: number;
    details: {
        [key: string]: unknown;
    };
};

export type Accepted = {
    id: MsgId;
    status: 'processing';
    conversation_id: ConvId;
    poll_url: string;
};

export type Error = {
    error: 'bad_request' | 'unauthorized' | 'forbidden' | 'not_found' | 'method_not_allowed' | 'timeout' | 'conflict' | 'payload_too_large' | 'unsupported_media_type' | 'range_not_satisfiable' | 'rate_limited' | 'internal_error' | 'upstream_error' | 'service_unavailable';
    /**
     * What a person can do about it
     */
    message: string;
    status: number;
    details: {
        [key: string]: unknown;
    };
};

export type MessageStatus = {
    id: MsgId;
    conversation_id: ConvId;
    status: 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
    attempt: number;
    created_at: string;
    started_at: string | null;
    finished_at: string | null;
    response?: Reply;
    error?: Error;
};

export type ConversationList = {
    conversations: Array<Conversation>;
    total: number;
    limit: number;
    offset: number;
};

export type Conversation = {
    id: ConvId;
    person: Person;
    channel: string;
    title: string | null;
    created_at: string;
    last_message_at: string;
    message_count: number;
    summary: string | null;
    pinned: boolean;
    archived: boolean;
    tags: Array<string>;
};

export type ConversationWithMessages = {
    id: ConvId;
    person: Person;
    channel: string;
    title: string | null;
    created_at: string;
    last_message_at: string;
    message_count: number;
    summary: string | null;
    pinned: boolean;
    archived: boolean;
    tags: Array<string>;
    metadata: {
        [key: string]: unknown;
    };
    messages: Array<Message>;
    has_more: boolean;
};

export type Message = {
    id: MsgId;
    role: 'user' | 'assistant';
    content: string;
    created_at: string;
    status: 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
    parent_id: MsgId | null;
    tokens?: TokenUsage;
    model?: string;
    skills_used?: Array<string>;
    /**
     * Files that the agent made; those that came with a question are in its metadata
     */
    attachments?: Array<MadeFile>;
    /**
     * What was not done as asked, where there is any
     */
    warnings?: Array<Warning>;
    /**
     * Why there is no reply, where it failed or was cancelled
     */
    error?: Error;
    metadata?: {
        [key: string]: unknown;
    };
};

export type Memory = {
    id: MemId;
    kind: 'message' | 'fact' | 'preference' | 'task' | 'event';
    content: string;
    author: string;
    at: string;
    importance: number;
    pinned: boolean;
    tags: Array<string>;
    person: string;
    provenance: 'owner' | 'agent' | 'untrusted';
    conversation_id?: ConvId;
    thread?: string;
    channel?: string;
    recalls: number;
    recalled_at: string | null;
    superseded_by: MemId | null;
    /**
     * When a task was done
     */
    done_at: string | null;
    /**
     * Of a passage of a document: the entries that it came from
     */
    sources?: Array<MemId>;
    created_at: string;
};

export type MemoryResults = {
    results: Array<MemoryResult>;
    /**
     * How many were found, beyond these too
     */
    total: number;
    took_ms: number;
    embeddings: 'used' | 'late' | 'off';
};

export type MemoryResult = {
    id: MemId;
    type: 'wal' | 'compacted';
    kind: 'message' | 'fact' | 'preference' | 'task' | 'event';
    content: string;
    author: string;
    at: string;
    score: number;
    scores: {
        relevance: number;
        importance: number;
        recency: number;
        frequency: number;
    };
    /**
     * The words of the query that are in it
     */
    matched: Array<string>;
    /**
     * What was said before it
     */
    before?: string;
    /**
     * What was said after it
     */
    after?: string;
    conversation_id?: ConvId;
    thread?: string;
    tags: Array<string>;
    pinned: boolean;
    person: string;
    provenance: 'owner' | 'agent' | 'untrusted';
    /**
     * A newer memory says otherwise
     */
    superseded: boolean;
    /**
     * Of a passage: the document that it stands in
     */
    document?: string;
    /**
     * Of a passage: the entries that it came from
     */
    sources?: Array<MemId>;
    created_at: string;
};

export type MemoryStats = {
    wal: {
        entries: number;
        size_mb: number;
        oldest_entry: string | null;
    };
    compacted: {
        files: number;
        size_mb: number;
        last_compaction: string | null;
    };
    total_size_mb: number;
    embeddings: {
        provider: string | null;
        indexed: number;
        pending: number;
    };
    /**
     * Entries of each kind
     */
    by_type: {
        message: number;
        fact: number;
        preference: number;
        task: number;
        event: number;
    };
};

export type PrunedMemory = {
    pruned: number;
    /**
     * Messages that stay in their conversations free nothing
     */
    freed_mb: number;
    dry_run: boolean;
    by_type: {
        wal: number;
        compacted: number;
    };
};

export type CompactingMemory = {
    id: WorkId;
    status: 'queued';
};

/**
 * An opaque id, sortable by time
 */
export type WorkId = string;

export type MemoryDocuments = {
    documents: Array<{
        name: string;
        passages: number;
        bytes: number;
        compacted_at: string;
    }>;
};

export type MemoryDocument = {
    name: string;
    /**
     * Markdown
     */
    content: string;
    compacted_at: string;
    passages: Array<{
        id: MemId;
        content: string;
        superseded: boolean;
        /**
         * The entries that it came from
         */
        sources: Array<MemId>;
    }>;
};

export type File = {
    id: FileId;
    name: string;
    /**
     * What the bytes say; of text what its sender said
     */
    media_type: string;
    /**
     * Bytes
     */
    size: number;
    sha256: string;
    person: Person;
    created_at: string;
    /**
     * When it goes unless a message names it; null where one does
     */
    expires_at: string | null;
};

export type SkillList = {
    skills: Array<Skill>;
    total: number;
};

export type Skill = {
    name: string;
    version: string;
    description: string;
    /**
     * `error`: it is wanted and cannot be used, see `status_reason`
     */
    status: 'active' | 'disabled' | 'error';
    status_reason: string | null;
    /**
     * What runs its code; `none` where it is instructions alone
     */
    runtime: 'none' | 'node' | 'python';
    /**
     * Where it came from: `files`, an address, or a registry
     */
    source: string;
    /**
     * `sha256:` over its files: sorted path, length, bytes
     */
    digest: string;
    /**
     * What its code may reach, and nothing else
     */
    permissions: {
        network: Array<string>;
        filesystem: Array<string>;
        shell: boolean;
        env: Array<string>;
    };
    installed_at: string;
    last_used: string | null;
    /**
     * How often the agent has opened or run it
     */
    invocations: number;
};

export type SkillDetails = {
    name: string;
    version: string;
    description: string;
    /**
     * `error`: it is wanted and cannot be used, see `status_reason`
     */
    status: 'active' | 'disabled' | 'error';
    status_reason: string | null;
    /**
     * What runs its code; `none` where it is instructions alone
     */
    runtime: 'none' | 'node' | 'python';
    /**
     * Where it came from: `files`, an address, or a registry
     */
    source: string;
    /**
     * `sha256:` over its files: sorted path, length, bytes
     */
    digest: string;
    /**
     * What its code may reach, and nothing else
     */
    permissions: {
        network: Array<string>;
        filesystem: Array<string>;
        shell: boolean;
        env: Array<string>;
    };
    installed_at: string;
    last_used: string | null;
    /**
     * How often the agent has opened or run it
     */
    invocations: number;
    /**
     * The body of SKILL.md
     */
    instructions: string;
    /**
     * Its front matter
     */
    manifest: {
        [key: string]: unknown;
    };
    files: Array<{
        path: string;
        /**
         * Bytes
         */
        size: number;
    }>;
};

export type InstalledSkill = {
    skill: Skill;
    /**
     * What to look at before it is used; nothing is refused for it
     */
    findings: Array<{
        level: 'info' | 'warning';
        /**
         * Path, and line
         */
        where: string;
        message: string;
    }>;
    permissions_in_words: Array<string>;
    /**
     * With `replace`: what is different from the one before
     */
    changes?: Array<string>;
};

export type ScheduleList = {
    schedules: Array<Schedule>;
    total: number;
    limit: number;
    offset: number;
};

export type Schedule = {
    id: SchId;
    name: string | null;
    person: Person;
    cron: string | null;
    at: string | null;
    timezone: string;
    message: string;
    channel: 'internal';
    /**
     * null: each run begins a conversation of its own
     */
    conversation_id: ConvId | null;
    deliver: null;
    /**
     * Of slots that nobody was there for: none runs, the newest, or each in turn (at most 24)
     */
    missed: 'skip' | 'once' | 'all';
    enabled: boolean;
    /**
     * `done`: no time is left at which it would run
     */
    status: 'active' | 'disabled' | 'done';
    /**
     * The next three, where it is enabled
     */
    next_runs: Array<string>;
    last_run: {
        slot: string;
        /**
         * It was missed, and dealt with later
         */
        late: boolean;
        /**
         * `skipped`: it was passed over; `deleted`: its conversation is gone
         */
        status: 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled' | 'skipped' | 'deleted';
        message_id?: MsgId;
        /**
         * Why it failed or was passed over
         */
        error?: string;
    } | null;
    /**
     * What went wrong since anything went well
     */
    last_error: string | null;
    created_at: string;
    /**
     * The id of the token that made it
     */
    created_by: string;
};

export type Usage = {
    rows: Array<{
        /**
         * A day, `provider/model`, a token, a person or a conversation
         */
        key: string;
        /**
         * Requests to a model
         */
        requests: number;
        tokens: {
            input: number;
            /**
             * Of the input, what came from a provider’s cache
             */
            cached_input: number;
            output: number;
            /**
             * Of the output, what was thought, where the provider tells
             */
            reasoning: number;
        };
        /**
         * null where the price of any of it is not known
         */
        cost_usd: number | null;
        /**
         * What of it has a known price
         */
        known_cost_usd: number;
        /**
         * Some of it was never counted by the provider: a reply that broke off or was cancelled
         */
        estimated: boolean;
    }>;
    /**
     * How many rows there are; of more than 1000 those that spent most are told, of days the newest
     */
    total: number;
    /**
     * Of all rows, those included that are not told
     */
    sum: {
        /**
         * Requests to a model
         */
        requests: number;
        tokens: {
            input: number;
            /**
             * Of the input, what came from a provider’s cache
             */
            cached_input: number;
            output: number;
            /**
             * Of the output, what was thought, where the provider tells
             */
            reasoning: number;
        };
        /**
         * null where the price of any of it is not known
         */
        cost_usd: number | null;
        /**
         * What of it has a known price
         */
        known_cost_usd: number;
        /**
         * Some of it was never counted by the provider: a reply that broke off or was cancelled
         */
        estimated: boolean;
    };
    from: string;
    to: string;
};

export type ChannelList = {
    channels: Array<Channel>;
    total: number;
};

export type Channel = {
    type: string;
    name: string;
    status: 'connected' | 'connecting' | 'disconnected' | 'disabled' | 'error';
    connected_since?: string;
    last_inbound_at?: string;
    last_outbound_at?: string;
    /**
     * Since midnight UTC, of senders that were let in
     */
    messages_today: number;
    /**
     * What is wrong, and what to do about it
     */
    last_error?: string;
    /**
     * What it can do, once it was served
     */
    capabilities?: {
        edit: boolean;
        stream: boolean;
        buttons: boolean;
        files: boolean;
        max_length: number;
        format: string;
    };
    /**
     * What the platform says of the account
     */
    details?: {
        [key: string]: unknown;
    };
};

export type PairingList = {
    pairings: Array<Pairing>;
    total: number;
};

export type Pairing = {
    code: string;
    /**
     * The platform’s own id; `group:` and the chat’s for a group
     */
    sender: string;
    /**
     * What the sender calls himself: nothing to rely on
     */
    name: string | null;
    status: 'pending' | 'approved' | 'refused';
    /**
     * Whose messages these are, once approved
     */
    person: Person | null;
    created_at: string;
    expires_at: string | null;
};

export type WebhookReceipt = {
    status: 'accepted' | 'duplicate';
    /**
     * The message that will be the reply, where it is known already
     */
    id?: string;
};

export type TokenList = {
    tokens: Array<Token>;
    total: number;
    limit: number;
    offset: number;
};

export type Token = {
    id: TokId;
    name: string;
    scopes: Array<'read' | 'message' | 'memory' | 'admin'>;
    person: Person;
    created_at: string;
    /**
     * The id of the token that made it, `gateway` for the gateway’s own, `anonymous` where authentication is off
     */
    created_by: string;
    /**
     * null: never
     */
    expires_at: string | null;
    /**
     * To the minute
     */
    last_used_at: string | null;
    /**
     * Budgets of its own: none in this version
     */
    limits: null;
};

export type CreatedToken = {
    id: TokId;
    name: string;
    scopes: Array<'read' | 'message' | 'memory' | 'admin'>;
    person: Person;
    created_at: string;
    /**
     * The id of the token that made it, `gateway` for the gateway’s own, `anonymous` where authentication is off
     */
    created_by: string;
    /**
     * null: never
     */
    expires_at: string | null;
    /**
     * To the minute
     */
    last_used_at: string | null;
    /**
     * Budgets of its own: none in this version
     */
    limits: null;
    /**
     * The token itself: shown here and never again
     */
    token: string;
};

/**
 * The effective configuration, as in gateway.yaml; `***REDACTED***` stands for every secret that is set, and `""` for one that is not
 */
export type ShownConfig = {
    [key: string]: unknown;
};

export type ChangedConfig = {
    config: ShownConfig;
    /**
     * The same as before where nothing was changed; also the reply’s ETag
     */
    revision: number;
    restart_required: boolean;
    /**
     * The keys of this change that count from the next start on
     */
    restart_paths: Array<string>;
    /**
     * Variables that have no effect while the API’s change of their key stands
     */
    overrides: Array<{
        path: string;
        variable: string;
    }>;
};

export type ConfigRevisionList = {
    revisions: Array<ConfigRevision>;
    total: number;
    limit: number;
    offset: number;
};

export type ConfigRevision = {
    revision: number;
    kind: 'put' | 'restore' | 'rollback';
    /**
     * The revision that was restored, or rolled back
     */
    of: number | null;
    /**
     * `watched` for 15 s; `unverified` where nobody could say that it works, such as of a provider that is away
     */
    status: 'watched' | 'confirmed' | 'unverified' | 'superseded' | 'rolled_back';
    /**
     * Why it was rolled back, or by what
     */
    reason: string | null;
    created_at: string;
    actor: {
        /**
         * `system` for a rollback
         */
        token_id: string;
        person: string;
    };
    request_id: string;
    changes: Array<{
        /**
         * The key, dotted
         */
        path: string;
        /**
         * What was in force, secrets redacted; null where there was nothing
         */
        before: unknown;
        after: unknown;
    }>;
};

export type AuditList = {
    entries: Array<AuditEntry>;
    total: number;
    limit: number;
    offset: number;
    /**
     * The last entry of all
     */
    head: {
        seq: number;
        hash: string;
    };
};

export type AuditEntry = {
    /**
     * From 1, without a gap
     */
    seq: number;
    /**
     * By Postgres’ clock
     */
    time: string;
    actor: {
        /**
         * The token that did it: an id, `gateway`, `anonymous`, or `system` for what the system did by itself
         */
        token_id: string;
        person: string;
    };
    action: string;
    target: string | null;
    request_id: string;
    details: {
        [key: string]: unknown;
    };
    /**
     * The hash of the entry before this one; zeros for the first
     */
    prev_hash: string;
    /**
     * SHA-256 of the entry’s bytes as they are stored
     */
    hash: string;
};

export type LogList = {
    /**
     * By their time, the newest last
     */
    logs: Array<LogLine>;
    /**
     * How many lines there are of those asked for
     */
    total: number;
    /**
     * false: there are at least as many, and counting ended there
     */
    total_exact: boolean;
};

export type LogLine = {
    time: string;
    /**
     * `trace`, `debug`, `info`, `warn`, `error` or `fatal`
     */
    level: string;
    component: string;
    /**
     * The machine, or the container, that wrote it
     */
    host: string;
    message: string;
    request_id?: string;
    conversation_id?: string;
    message_id?: string;
    /**
     * Its place in the store: `Last-Event-ID` for whoever follows from here
     */
    position: number;
    [key: string]: unknown;
};

export type LogGap = {
    type: 'gap';
    /**
     * The first position that is there no more
     */
    from: number;
    /**
     * The last one; less than `from` where the store was emptied or restored, and goes on from here
     */
    to: number;
    position: number;
};

export type Health = {
    status: 'ok' | 'degraded';
    version: string;
    uptime_seconds: number;
    /**
     * Left out while both take what is written
     */
    checks?: {
        postgres: 'ok' | 'failing';
        redis: 'ok' | 'failing';
    };
};

export type Status = {
    status: 'ok' | 'degraded';
    version: string;
    uptime_seconds: number;
    gateway: {
        port: number;
        bind: string;
        auth_enabled: boolean;
    };
    reasoning: {
        primary_provider: string;
        primary_model: string;
        total_requests: number;
        avg_latency_ms: number;
        providers: Array<ProviderHealth>;
    };
    memory: {
        wal_entries: number;
        compacted_files: number;
        total_size_mb: number;
        embedder: EmbedderHealth;
    };
    skills: {
        installed: number;
        active: number;
        sandbox: SandboxHealth;
    };
    channels: {
        connected: Array<string>;
        disconnected: Array<string>;
    };
    queue: {
        waiting: number;
        active: number;
        delayed: number;
        failed: number;
    };
    workers: Array<Process>;
    gateways: Array<Process>;
    /**
     * Keys of the configuration that changed and count from the next start of some process on
     */
    restart_pending: Array<string>;
    /**
     * Variables of this gateway that have no effect, because the API has changed their key
     */
    overrides: Array<{
        path: string;
        variable: string;
    }>;
    usage: {
        messages: number;
        input_tokens: number;
        output_tokens: number;
        cost_usd: number | null;
    };
};

export type ProviderHealth = {
    name: string;
    type: string;
    model: string;
    state: 'closed' | 'half_open' | 'open';
    failures: number;
    last_error: string | null;
};

export type EmbedderHealth = {
    /**
     * bundled, openai-compatible or off
     */
    provider: string;
    model: string;
    /**
     * While it is not ok, memory is searched by words alone
     */
    state: 'ok' | 'unavailable' | 'unknown' | 'off';
    last_error: string | null;
};

export type SandboxHealth = {
    /**
     * So many skills run at once; none where 0
     */
    lanes: number;
    /**
     * The container runtime of the lanes
     */
    runtime: string | null;
    /**
     * The least version of Landlock among them; 0 where the kernel has none
     */
    landlock: number | null;
    /**
     * True where the owner lets skills run without limits of memory and processes
     */
    unbounded?: boolean;
    /**
     * Why nothing is run, or why a lane takes nothing
     */
    refused?: string;
};

export type Process = {
    id: string;
    host: string;
    started_at: string;
    /**
     * Runs in hand (workers) or open streams and sockets (gateways)
     */
    active: number;
    /**
     * The revision of the configuration that is in force there; null where it does not say
     */
    revision: number | null;
};

/**
 * Sent again within 24 hours, the same request is answered and not done anew
 */
export type IdempotencyKey = string;

/**
 * The id of the last event that was read: what came after it follows
 */
export type LastEventId = string;

/**
 * One range of bytes (RFC 9110, 14.2)
 */
export type Range = string;

/**
 * The ETag of what the range belongs to; changed: all of it
 */
export type IfRange = string;

/**
 * The ETag of what is there already; unchanged: 304
 */
export type IfNoneMatch = string;

/**
 * The ETag of what the change was made from; `*` for any. Stale: 409
 */
export type IfMatch = string;

export type SendMessageData = {
    body: SendMessage;
    headers?: {
        /**
         * Sent again within 24 hours, the same request is answered and not done anew
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/v1/message';
};

export type MessageStatusData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MsgId;
    };
    query?: never;
    url: '/api/v1/message/{id}/status';
};

export type MessageEventsData = {
    body?: never;
    headers?: {
        /**
         * The id of the last event that was read: what came after it follows
         */
        'Last-Event-ID'?: string;
    };
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MsgId;
    };
    query?: never;
    url: '/api/v1/message/{id}/events';
};

export type CancelMessageData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MsgId;
    };
    query?: never;
    url: '/api/v1/message/{id}/cancel';
};

export type RegenerateMessageData = {
    body?: Regenerate;
    headers?: {
        /**
         * Sent again within 24 hours, the same request is answered and not done anew
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MsgId;
    };
    query?: never;
    url: '/api/v1/message/{id}/regenerate';
};

export type ListConversationsData = {
    body?: never;
    path?: never;
    query?: {
        limit?: number;
        offset?: number;
        channel?: string;
        /**
         * Whose, for tokens with the scope admin; all of them where it is left out
         */
        person?: Person;
        /**
         * last_message_at at or after this time
         */
        since?: string;
        /**
         * last_message_at at or before this time
         */
        until?: string;
        /**
         * true: archived ones too
         */
        archived?: 'true' | 'false';
        /**
         * Only those with this tag
         */
        tag?: string;
        /**
         * Full text over messages
         */
        q?: string;
    };
    url: '/api/v1/conversations';
};

export type DeleteConversationData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: ConvId;
    };
    query?: never;
    url: '/api/v1/conversations/{id}';
};

export type GetConversationData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: ConvId;
    };
    query?: {
        limit?: number;
        /**
         * The branch that leads to this message; the newest one where it is left out
         */
        branch?: MsgId;
        /**
         * The page of messages before this one
         */
        before?: MsgId;
    };
    url: '/api/v1/conversations/{id}';
};

export type PatchConversationData = {
    body: PatchConversation;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: ConvId;
    };
    query?: never;
    url: '/api/v1/conversations/{id}';
};

export type AddMemoryData = {
    body: AddMemory;
    headers?: {
        /**
         * Sent again within 24 hours, the same request is answered and not done anew
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/v1/memory';
};

export type SearchMemoryData = {
    body: SearchMemory;
    path?: never;
    query?: never;
    url: '/api/v1/memory/search';
};

export type MemoryStatsData = {
    body?: never;
    path?: never;
    query?: {
        person?: Person;
    };
    url: '/api/v1/memory/stats';
};

export type PruneMemoryData = {
    body: PruneMemory;
    path?: never;
    query?: never;
    url: '/api/v1/memory/prune';
};

export type CompactMemoryData = {
    body?: {
        person?: Person;
    };
    path?: never;
    query?: never;
    url: '/api/v1/memory/compact';
};

export type ListMemoryDocumentsData = {
    body?: never;
    path?: never;
    query?: {
        person?: Person;
    };
    url: '/api/v1/memory/documents';
};

export type GetMemoryDocumentData = {
    body?: never;
    path: {
        name: string;
    };
    query?: {
        person?: Person;
    };
    url: '/api/v1/memory/documents/{name}';
};

export type DeleteMemoryData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MemId;
    };
    query?: {
        person?: Person;
    };
    url: '/api/v1/memory/{id}';
};

export type GetMemoryData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MemId;
    };
    query?: {
        person?: Person;
    };
    url: '/api/v1/memory/{id}';
};

export type PatchMemoryData = {
    body: PatchMemory;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: MemId;
    };
    query?: {
        person?: Person;
    };
    url: '/api/v1/memory/{id}';
};

export type UploadFileData = {
    body: Blob | File;
    headers?: {
        /**
         * Sent again within 24 hours, the same request is answered and not done anew
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: {
        /**
         * What it is called; of a form the name of its part where left out
         */
        name?: string;
        /**
         * Whose it is, for tokens with the scope admin
         */
        person?: Person;
    };
    url: '/api/v1/files';
};

export type GetFileData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: FileId;
    };
    query?: never;
    url: '/api/v1/files/{id}';
};

export type FileContentData = {
    body?: never;
    headers?: {
        /**
         * One range of bytes (RFC 9110, 14.2)
         */
        Range?: string;
        /**
         * The ETag of what the range belongs to; changed: all of it
         */
        'If-Range'?: string;
        /**
         * The ETag of what is there already; unchanged: 304
         */
        'If-None-Match'?: string;
    };
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: FileId;
    };
    query?: never;
    url: '/api/v1/files/{id}/content';
};

export type ListSkillsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/skills';
};

export type RemoveSkillData = {
    body?: never;
    path: {
        name: string;
    };
    query?: never;
    url: '/api/v1/skills/{name}';
};

export type GetSkillData = {
    body?: never;
    path: {
        name: string;
    };
    query?: never;
    url: '/api/v1/skills/{name}';
};

export type PatchSkillData = {
    body: PatchSkill;
    path: {
        name: string;
    };
    query?: never;
    url: '/api/v1/skills/{name}';
};

export type InstallSkillData = {
    body: InstallSkill;
    path?: never;
    query?: never;
    url: '/api/v1/skills/install';
};

export type ListSchedulesData = {
    body?: never;
    path?: never;
    query?: {
        limit?: number;
        offset?: number;
        /**
         * Whose; everybody’s where it is left out
         */
        person?: Person;
    };
    url: '/api/v1/schedules';
};

export type CreateScheduleData = {
    body: CreateSchedule;
    headers?: {
        /**
         * Sent again within 24 hours, the same request is answered and not done anew
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/v1/schedules';
};

export type RemoveScheduleData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: SchId;
    };
    query?: never;
    url: '/api/v1/schedules/{id}';
};

export type GetScheduleData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: SchId;
    };
    query?: never;
    url: '/api/v1/schedules/{id}';
};

export type PatchScheduleData = {
    body: PatchSchedule;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: SchId;
    };
    query?: never;
    url: '/api/v1/schedules/{id}';
};

export type UsageData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * At or after this time; thirty days before `to` where left out
         */
        from?: string;
        /**
         * Before this time; now where left out
         */
        to?: string;
        /**
         * `day` is one of `cost_control.timezone`
         */
        group_by?: 'day' | 'model' | 'token' | 'person' | 'conversation';
        /**
         * Whose; everybody’s that the token sees where left out
         */
        person?: Person;
    };
    url: '/api/v1/usage';
};

export type ListChannelsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/channels';
};

export type ChannelStatusData = {
    body?: never;
    path: {
        type: string;
    };
    query?: never;
    url: '/api/v1/channels/{type}/status';
};

export type ListPairingsData = {
    body?: never;
    path: {
        type: string;
    };
    query?: {
        status?: 'pending' | 'approved' | 'refused' | 'all';
    };
    url: '/api/v1/channels/{type}/pairings';
};

export type ApprovePairingData = {
    body?: {
        /**
         * Whose the sender’s messages are; a person of its own where left out. `owner` for the owner’s own phone
         */
        person?: Person;
    };
    path: {
        type: string;
        code: string;
    };
    query?: never;
    url: '/api/v1/channels/{type}/pairings/{code}/approve';
};

export type DeletePairingData = {
    body?: never;
    path: {
        type: string;
        code: string;
    };
    query?: never;
    url: '/api/v1/channels/{type}/pairings/{code}';
};

export type ReceiveWebhookData = {
    body: Blob | File;
    path: {
        name: string;
    };
    query?: never;
    url: '/api/v1/channels/webhook/{name}';
};

export type ListTokensData = {
    body?: never;
    path?: never;
    query?: {
        limit?: number;
        offset?: number;
        /**
         * Whose; everybody’s where it is left out
         */
        person?: Person;
    };
    url: '/api/v1/tokens';
};

export type CreateTokenData = {
    body: CreateToken;
    headers?: {
        /**
         * Sent again within 24 hours, the same request is answered and not done anew
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/v1/tokens';
};

export type RevokeTokenData = {
    body?: never;
    path: {
        /**
         * An opaque id, sortable by time
         */
        id: TokId;
    };
    query?: never;
    url: '/api/v1/tokens/{id}';
};

export type GetConfigData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/config';
};

export type PutConfigData = {
    body: ConfigPatch;
    headers?: {
        /**
         * The ETag of what the change was made from; `*` for any. Stale: 409
         */
        'If-Match'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/v1/config';
};

export type ListConfigRevisionsData = {
    body?: never;
    path?: never;
    query?: {
        limit?: number;
        offset?: number;
    };
    url: '/api/v1/config/revisions';
};

export type RestoreConfigRevisionData = {
    body?: never;
    headers?: {
        /**
         * The ETag of what the change was made from; `*` for any. Stale: 409
         */
        'If-Match'?: string;
    };
    path: {
        n: string;
    };
    query?: never;
    url: '/api/v1/config/revisions/{n}/restore';
};

export type ListAuditData = {
    body?: never;
    path?: never;
    query?: {
        limit?: number;
        offset?: number;
    };
    url: '/api/v1/audit';
};

export type ListLogsData = {
    body?: never;
    headers?: {
        /**
         * The id of the last event that was read: what came after it follows
         */
        'Last-Event-ID'?: string;
    };
    path?: never;
    query?: {
        /**
         * How many, the newest
         */
        lines?: number;
        /**
         * The least level
         */
        level?: 'trace' | 'debug' | 'info' | 'warn' | 'error';
        /**
         * No line that is older
         */
        since?: string;
        /**
         * No line that is newer
         */
        until?: string;
        /**
         * The part of the system that speaks
         */
        component?: 'gateway' | 'reasoning' | 'memory' | 'skills' | 'channels' | 'migrate';
        /**
         * What that request caused, in every service
         */
        request_id?: string;
        /**
         * What happened in that conversation
         */
        conversation_id?: ConvId;
        /**
         * What the request caused that brought that message, in every service
         */
        message_id?: MsgId;
        /**
         * A text that its message or its other fields (`name=value`) have, word for word in any case
         */
        q?: string;
    };
    url: '/api/v1/logs';
};

export type LivezData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/healthz';
};

export type ReadyzData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/readyz';
};

export type HealthData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/health';
};

export type StatusData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/status';
};

export type MetricsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/metrics';
};

export type OpenapiData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/openapi.json';
};

export type DocsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/docs';
};

export type DocsScriptData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/docs/docs.js';
};

export type DocsStyleData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/v1/docs/docs.css';
};

export type DocsAtRootData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/docs';
};
