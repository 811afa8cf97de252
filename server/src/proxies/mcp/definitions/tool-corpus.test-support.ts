/**
 * Tools of public servers: their names, what they take, and what their servers hint of them (R: that it only reads, r: that it does
 * not; D: that it may destroy, d: that it does not), from the servers' published lists of 2026; and what each is to be taken for,
 * and why.
 */
export const toolCorpus: Readonly<Record<string, string>> = {
  github: `
    actions_get (method owner repo resource_id) R read name
    actions_list (method owner page per_page repo resource_id workflow_jobs_filter workflow_runs_filter) R read name
    actions_run_trigger (inputs method owner ref repo run_id workflow_id) rD destructive claims_destructive
    add_comment_to_pending_review (body line owner path pullNumber repo side startLine) r send name
    add_issue_comment (body comment_id issue_number owner reaction repo) r send name
    add_issue_comment_reaction (comment_id content owner repo) rd send name
    add_issue_reaction (content issue_number owner repo) rd write name
    add_pull_request_review_comment (body line owner path pullNumber repo side startLine) rd send name
    add_pull_request_review_comment_reaction (comment_id content owner repo) rd send name
    add_reply_to_pull_request_comment (body commentId owner pullNumber reaction repo) r send name
    add_sub_issue (issue_number owner replace_parent repo sub_issue_id) rd write name
    assign_copilot_to_issue (base_ref custom_instructions issue_number owner repo) r write name
    assign_copilot_to_issue_with_intent (base_ref confidence custom_instructions is_suggestion issue_number owner rationale repo) r write name
    create_branch (branch from_branch owner repo) r write name
    create_gist (content description filename public) r send name
    create_issue (body owner repo title) rd write name
    create_or_update_file (allow_symlink_write branch content message owner path repo sha) r write name
    create_pull_request (base body draft head maintainer_can_modify owner repo reviewers) r write name
    create_pull_request_review (body commitID event owner pullNumber repo) rd write name
    create_repository (autoInit description name organization private) r write name
    delete_file (branch message owner path repo) rD destructive name
    delete_pending_pull_request_review (owner pullNumber repo) rD destructive name
    delete_repository (owner repo) rD destructive name
    discussion_comment_write (body commentNodeID discussionNumber method owner repo) rD send name
    dismiss_notification (state threadID) r write name
    find_duplicate (confidence_threshold issue_number owner page perPage repo) R read name
    fork_repository (organization owner repo) r write name
    get_code_quality_finding (findingNumber owner repo) R read name
    get_code_scanning_alert (alertNumber owner repo) R read name
    get_commit (detail owner page perPage repo sha) R read name
    get_dependabot_alert (alertNumber owner repo) R read name
    get_discussion (discussionNumber owner repo) R read name
    get_discussion_comments (after discussionNumber includeReplies owner perPage repo) R read name
    get_file_blame (after end_line owner path perPage ref repo start_line) R read name
    get_file_contents (fields owner path ref repo sha) R read name
    get_gist (gist_id) R read name
    get_global_security_advisory (ghsaId) R read name
    get_job_logs (failed_only job_id owner repo return_content run_id tail_lines) R read name
    get_label (name owner repo) R read name
    get_latest_release (owner repo) R read name
    get_me () R read name
    get_notification_details (notificationID) R read name
    get_release_by_tag (owner repo tag) R read name
    get_repository_tree (owner path_filter recursive repo tree_sha) R read name
    get_secret_scanning_alert (alertNumber owner repo) R read name
    get_tag (owner repo tag) R read name
    get_team_members (org team_slug) R read name
    get_teams (user) R read name
    issue_dependency_read (issue_number method owner page perPage repo) R read name
    issue_dependency_write (issue_number method owner related_issue_number related_owner related_repo repo type) r write name
    issue_read (issue_number method owner page perPage repo) R read name
    issue_write (assignees body duplicate_of issue_fields issue_number labels method milestone) r write name
    label_write (color description method name new_name owner repo) rD write name
    list_branches (owner page perPage repo) R read name
    list_code_scanning_alerts (owner page perPage ref repo severity state tool_name) R read name
    list_commits (author fields owner page path perPage repo sha) R read name
    list_dependabot_alerts (after owner perPage repo severity state) R read name
    list_discussion_categories (owner repo) R read name
    list_discussions (after category direction orderBy owner perPage repo) R read name
    list_gists (page perPage since username) R read name
    list_global_security_advisories (affects cveId cwes ecosystem ghsaId isWithdrawn modified published) R read name
    list_issue_fields (owner repo) R read name
    list_issue_types (owner repo) R read name
    list_issues (after direction field_filters fields labels orderBy owner perPage) R read name
    list_label (owner repo) R read name
    list_notifications (before filter owner page perPage repo since) R read name
    list_org_repository_security_advisories (direction org sort state) R read name
    list_pull_requests (base direction fields head owner page perPage repo) R read name
    list_releases (fields owner page perPage repo) R read name
    list_repository_collaborators (affiliation owner page perPage repo) R read name
    list_repository_security_advisories (direction owner repo sort state) R read name
    list_secret_scanning_alerts (owner page perPage repo resolution secret_type state) R read name
    list_starred_repositories (direction page perPage sort username) R read name
    list_tags (owner page perPage repo) R read name
    manage_notification_subscription (action notificationID) rD destructive claims_destructive
    manage_repository_notification_subscription (action owner repo) rD destructive claims_destructive
    mark_all_notifications_read (lastReadAt owner repo) r write name
    merge_pull_request (commit_message commit_title merge_method owner pullNumber repo) r write name
    projects_get (field_id field_names fields item_id method owner owner_type project_number) R read name
    projects_list (after before field_names fields method owner owner_type per_page) R read name
    projects_write (body field_name filter issue_number item_id item_owner item_repo item_type) rD write name
    pull_request_read (after method owner page perPage pullNumber repo) R read name
    pull_request_review_write (body commitID event method owner pullNumber repo threadId) r write name
    push_files (branch files message owner repo) r send name
    remove_sub_issue (issue_number owner repo sub_issue_id) rD destructive name
    reprioritize_sub_issue (after_id before_id issue_number owner repo sub_issue_id) rd unknown nameless
    request_copilot_review (owner pullNumber repo) r unknown nameless
    request_pull_request_reviewers (owner pullNumber repo reviewers) rd unknown nameless
    resolve_review_thread (threadID) rd write name
    search_code (fields order page perPage query sort) R read name
    search_commits (order page perPage query sort) R read name
    search_issues (fields order owner page perPage query repo sort) R read name
    search_orgs (order page perPage query sort) R read name
    search_pull_requests (fields order owner page perPage query repo sort) R read name
    search_repositories (minimal_output order page perPage query sort) R read name
    search_users (order page perPage query sort) R read name
    set_issue_fields (fields issue_number owner repo) rd write name
    star_repository (owner repo) r write name
    sub_issue_write (after_id before_id issue_number method owner replace_parent repo sub_issue_id) r write name
    submit_pending_pull_request_review (body event owner pullNumber repo) rd write name
    ui_get (method owner repo) R read name
    unresolve_review_thread (threadID) rd unknown nameless
    unstar_repository (owner repo) r write name
    update_gist (content description filename gist_id) r write name
    update_issue_assignees (assignees issue_number owner repo) rd write name
    update_issue_body (body issue_number owner repo) rd write name
    update_issue_labels (issue_number labels owner repo) rd write name
    update_issue_milestone (issue_number milestone owner repo) rd write name
    update_issue_state (confidence duplicate_of is_suggestion issue_number owner rationale repo state) rd write name
    update_issue_title (issue_number owner repo title) rd write name
    update_issue_type (confidence is_suggestion issue_number issue_type owner rationale repo) rd write name
    update_pull_request (base body draft maintainer_can_modify owner pullNumber repo reviewers) r write name
    update_pull_request_body (body owner pullNumber repo) rd write name
    update_pull_request_branch (expectedHeadSha owner pullNumber repo) r write name
    update_pull_request_draft_state (draft owner pullNumber repo) rd write name
    update_pull_request_state (owner pullNumber repo state) rd write name
    update_pull_request_title (owner pullNumber repo title) rd write name
  `,
  playwright: `
    browser_click (element target doubleClick button modifiers) r write name
    browser_close () r write name
    browser_console_messages (level all filename) R read claims_read
    browser_drag (startElement startTarget endElement endTarget) r write name
    browser_drop (element target paths data) r destructive name
    browser_evaluate (element target function filename) r unknown takes_program
    browser_file_upload (paths) r send name
    browser_fill_form (fields) r write name
    browser_find (text regex) R read name
    browser_handle_dialog (accept promptText) r write name
    browser_hover (element target) r write name
    browser_navigate (url) r send name
    browser_navigate_back () r send name
    browser_network_request (index part filename) R read claims_read
    browser_network_requests (static filter filename) R read claims_read
    browser_press_key (key) r write name
    browser_resize (width height) r write name
    browser_run_code_unsafe (code filename) r unknown takes_program
    browser_select_option (element target values) r write name
    browser_snapshot (target filename depth boxes) R read name
    browser_take_screenshot (element target type filename fullPage scale) R read name
    browser_type (element target text submit slowly) r write name
    browser_wait_for (time text textGone) r write claims_changes
    browser_tabs (action index url) r send takes_address
    browser_get_config () R read name
    browser_network_state_set (state) r write name
    browser_route (pattern status body contentType headers removeHeaders) r unknown nameless
    browser_route_list () R read name
    browser_unroute (pattern) r unknown nameless
    browser_cookie_clear () r destructive name
    browser_cookie_delete (name) r destructive name
    browser_cookie_get (name) R read name
    browser_cookie_list (domain path) R read name
    browser_cookie_set (name value domain path expires httpOnly secure sameSite) r write name
    browser_localstorage_clear () r destructive name
    browser_localstorage_delete (key) r destructive name
    browser_localstorage_get (key) R read name
    browser_localstorage_list () R read name
    browser_localstorage_set (key value) r write name
    browser_sessionstorage_clear () r destructive name
    browser_sessionstorage_delete (key) r destructive name
    browser_sessionstorage_get (key) R read name
    browser_sessionstorage_list () R read name
    browser_sessionstorage_set (key value) r write name
    browser_set_storage_state (filename) r write name
    browser_storage_state (filename) R read claims_read
    browser_annotate () R read claims_read
    browser_hide_highlight (element target) R read claims_read
    browser_highlight (element target style) R read claims_read
    browser_resume (step location) r write name
    browser_start_tracing () R write name
    browser_start_video (filename size) R write name
    browser_stop_tracing () R destructive name
    browser_stop_video () R destructive name
    browser_video_chapter (title description duration) R read claims_read
    browser_video_hide_actions () R read claims_read
    browser_video_show_actions (duration position cursor) R read name
    browser_mouse_click_xy (x y button clickCount delay) r write name
    browser_mouse_down (button) r write name
    browser_mouse_drag_xy (startX startY endX endY) r write name
    browser_mouse_move_xy (x y) r write name
    browser_mouse_up (button) r write name
    browser_mouse_wheel (deltaX deltaY) r write name
    browser_pdf_save (filename) R write name
    browser_generate_locator (element target) R read claims_read
    browser_verify_element_visible (role accessibleName) r write claims_changes
    browser_verify_list_visible (element target items) r write claims_changes
    browser_verify_text_visible (text) r write claims_changes
    browser_verify_value (type element target value) r write claims_changes
  `,
  jira: `
    jira_get_user_profile () R read name
    jira_search_assignable_users () R read name
    jira_get_issue_watchers () R read name
    jira_get_cross_project_dependencies () - read name
  `,
  confluence: `
    confluence_search () R read name
    confluence_get_page () R read name
    confluence_get_page_children () R read name
    confluence_get_space_page_tree () R read name
    confluence_get_comments () R read name
    confluence_get_labels () R read name
    confluence_get_space_permissions () - read name
  `,
  sentry: `
    add_issue_note (organizationSlug regionUrl issueId issueUrl text) - write name
    add_team_to_project (organizationSlug regionUrl projectSlug teamSlug) - write name
    analyze_issue_with_seer (organizationSlug regionUrl issueId issueUrl instruction) - read name
    create_dsn (organizationSlug regionUrl projectSlug name) - write name
    create_project (organizationSlug regionUrl teamSlug name slug platform repository) - write name
    create_team (organizationSlug regionUrl name) - write name
    create_uptime_monitor (organizationSlug regionUrl projectSlug name url intervalSeconds timeoutMs method) - write name
    delete_uptime_monitor (organizationSlug regionUrl projectSlug uptimeMonitorId) - destructive name
    execute_sentry_tool (name arguments) - unknown takes_program
    find_alert_rules (organizationSlug regionUrl kind projectSlug query cursor limit) - read name
    find_dashboards (organizationSlug regionUrl titleQuery sort cursor limit) - read name
    find_dsns (organizationSlug regionUrl projectSlug) - read name
    find_monitors (organizationSlug regionUrl projectSlug environment owner query limit) - read name
    find_organizations (query) - read name
    find_projects (organizationSlug regionUrl query) - read name
    find_releases (organizationSlug regionUrl projectSlug query) - read name
    find_teams (organizationSlug regionUrl query) - read name
    find_uptime_monitors (organizationSlug regionUrl projectSlug environment owner query limit) - read name
    get_ai_conversation_details (organizationSlug conversationId project start end regionUrl) - read name
    get_alert_rule (organizationSlug regionUrl kind projectSlug ruleIdOrName) - read name
    get_dashboard_details (organizationSlug regionUrl dashboardIdOrTitle) - read name
    get_doc (path) - read name
    get_event_attachment (organizationSlug projectSlug eventId attachmentId regionUrl) - read name
    get_event_stacktrace (organizationSlug regionUrl issueId eventId thread) - read name
    get_issue_activity (organizationSlug regionUrl issueId issueUrl includeComments limit) - read name
    get_issue_breadcrumbs (organizationSlug regionUrl issueId issueUrl eventId) - read name
    get_issue_details (organizationSlug regionUrl issueId eventId issueUrl) - read name
    get_issue_tag_values (organizationSlug regionUrl issueId issueUrl tagKey) - read name
    get_issue_user_reports (organizationSlug regionUrl issueId issueUrl cursor limit) - read name
    get_latest_base_snapshot (organizationSlug appId branch project regionUrl) - read name
    get_monitor_details (organizationSlug regionUrl projectSlugOrId monitorSlug environment period start end) - read name
    get_profile (profileUrl organizationSlug regionUrl projectSlugOrId transactionName period compareAgainstPeriod focusOnUserCode) - read name
    get_profile_details (profileUrl organizationSlug regionUrl projectSlugOrId profileId profilerId start end) - read name
    get_release_details (organizationSlug regionUrl releaseVersion projectSlugOrId includeHealth includeDeploys includeCommits limit) - read name
    get_replay_details (replayUrl organizationSlug replayId regionUrl) - read name
    get_sentry_resource (url resourceType resourceId organizationSlug) - send takes_address
    get_snapshot (organizationSlug snapshotId showUnmodified regionUrl) - read name
    get_snapshot_image (organizationSlug snapshotId imageIdentifier imageResolution regionUrl) - read name
    get_span_details (organizationSlug regionUrl traceId spanId) - read name
    get_trace_details (organizationSlug regionUrl traceId spanId) - read name
    get_uptime_monitor_details (organizationSlug regionUrl projectSlug uptimeMonitorId period start end checkLimit) - read name
    onboarding_status_update (organizationSlug regionUrl runToken stage status runStatus eventNote projectSlugs) - write name
    remove_team_from_project (organizationSlug regionUrl projectSlug teamSlug) - destructive name
    search_ai_conversations (organizationSlug query project environment period start end cursor) - read name
    search_docs (query maxResults guide) - read name
    search_events (organizationSlug dataset query fields sort projectSlug environment period) - read name
    search_issue_events (organizationSlug issueId issueUrl query sort period projectSlug regionUrl) - read name
    search_issues (organizationSlug query sort projectSlugOrId regionUrl limit period includeExplanation) - read name
    search_sentry_tools (query limit) - read name
    update_dsn (organizationSlug regionUrl projectSlug keyId name isActive rateLimitWindow rateLimitCount) - write name
    update_issue (organizationSlug regionUrl issueId issueUrl status assignedTo ignoreMode ignoreDurationMinutes) - write name
    update_project (organizationSlug regionUrl projectSlug name slug platform) - write name
    update_uptime_monitor (organizationSlug regionUrl projectSlug uptimeMonitorId name url intervalSeconds timeoutMs) - write name
    whoami () - read name
  `,
  kubernetes: `
    exec_in_pod (name namespace command) - unknown takes_program
    explain_resource (resource) - read name
    install_helm_chart (name chart) - write name
    kubectl_apply (manifest) - write name
    kubectl_context (operation) - unknown nameless
    kubectl_create (resourceType) - write name
    kubectl_delete (resourceType name) - destructive name
    kubectl_describe (resourceType name) - read name
    kubectl_generic (command args) - unknown takes_program
    kubectl_get (resourceType) - read name
    kubectl_logs (name) - read name
    kubectl_patch (name) - write name
    kubectl_rollout (subCommand) - unknown nameless
    kubectl_scale (replicas) - write name
    list_api_resources () - read name
    port_forward (resourceName) - send name
    uninstall_helm_chart (name) - destructive name
    upgrade_helm_chart (name) - write name
  `,
  filesystem: `
    read_file (path) - read name
    read_text_file (path head tail) R read name
    read_media_file (path) R read name
    read_multiple_files (paths) R read name
    write_file (path content) rD write name
    edit_file (path edits dryRun) rD write name
    create_directory (path) rd write name
    list_directory (path) R read name
    list_directory_with_sizes (path sortBy) R read name
    directory_tree (path) R read name
    move_file (source destination) rd write name
    search_files (path pattern) R read name
    get_file_info (path) R read name
    list_allowed_directories () R read name
  `,
  git: `
    git_status (repo_path) - read name
    git_diff_unstaged (repo_path) - read name
    git_diff (repo_path target) - read name
    git_commit (repo_path message) - write name
    git_add (repo_path files) - write name
    git_reset (repo_path) - destructive name
    git_log (repo_path max_count) - unknown nameless
    git_create_branch (repo_path branch_name) - write name
    git_checkout (repo_path branch_name) - write name
    git_show (repo_path revision) - read name
    git_push (repo_path remote) - send name
  `,
  memory: `
    create_entities (entities) - write name
    add_observations (observations) - write name
    delete_entities (entityNames) - destructive name
    delete_relations (relations) - destructive name
    read_graph () - read name
    search_nodes (query) - read name
    open_nodes (names) - write name
  `,
  fetch: `
    fetch (url max_length raw) - send takes_address
  `,
  time: `
    get_current_time (timezone) - read name
    convert_time (time source_timezone) - read name
  `,
  postgres: `
    query (sql) - unknown takes_program
    execute_sql (sql) - unknown takes_program
    list_schemas () - read name
    list_objects (schema_name) - read name
    get_object_details (object_name) - read name
    explain_query (sql analyze) - unknown takes_program
    analyze_db_health (health_type) - read name
    get_top_queries (limit) - read name
  `,
  sqlite: `
    read_query (query) - read name
    write_query (query) - write name
    create_table (query) - write name
    list_tables () - read name
    append_insight (insight) - write name
  `,
  slack: `
    slack_list_channels (limit cursor) - read name
    slack_post_message (channel_id text) - send name
    slack_reply_to_thread (channel_id thread_ts text) - send name
    slack_add_reaction (channel_id timestamp reaction) - write name
    slack_get_channel_history (channel_id limit) - read name
    slack_get_thread_replies (channel_id thread_ts) - read name
    slack_get_users (cursor) - read name
    conversations_history (channel_id) R read claims_read
    conversations_add_message (channel_id text) r send name
    channels_list (channel_types) R read name
  `,
  stripe: `
    create_customer (name email) - write name
    list_customers (limit email) - read name
    create_refund (payment_intent amount reason) - write name
    cancel_subscription (subscription) - destructive name
    create_payment_link (price quantity) - write name
    finalize_invoice (invoice) - write name
    retrieve_balance () - read name
    search_stripe_documentation (question) - read name
    update_dispute (dispute evidence) - write name
  `,
  gmail: `
    send_email (to subject body cc) - send name
    draft_email (to subject body) - send name
    read_email (messageId) - read name
    search_emails (query maxResults) - read name
    modify_email (messageId labelIds) - write name
    delete_email (messageId) - destructive name
    list_email_labels () - read name
    batch_modify_emails (messageIds) - write name
    batch_delete_emails (messageIds) - destructive name
    create_filter (criteria action) - write name
    download_attachment (messageId attachmentId) - read name
    get_or_create_label (name) - write name
  `,
  notion: `
    notion-search (query) R read name
    notion-fetch (id) R read name
    notion-create-pages (pages parent) - write name
    notion-update-page (page_id data) - write name
    notion-move-pages (page_ids) - write name
    notion-duplicate-page (page_id) - unknown nameless
    notion-create-comment (parent rich_text) - send name
    notion-get-comments (page_id) R read name
    API-get-user (user_id) - read name
    API-post-search (query) - send name
    API-delete-a-block (block_id) - destructive name
    API-patch-page (page_id properties) - write name
  `,
  terraform: `
    search_providers (provider_name) R read name
    get_provider_details (provider_doc_id) R read name
    list_workspaces (terraform_org_name) R read name
    create_workspace (workspace_name) r write name
    delete_workspace_safely (workspace_name) rD destructive name
    create_run (workspace_name) r write name
    apply_run (run_id) rD destructive claims_destructive
    discard_run (run_id) rD destructive name
    attach_policy_set_to_workspaces (policy_set_id) r write name
  `,
  linear: `
    list_issues (teamId) R read name
    save_issue (title team) - write name
    create_comment (issueId body) - send name
    get_document (id) R read name
    search_documentation (query) R read name
  `,
  puppeteer: `
    puppeteer_navigate (url) - send name
    puppeteer_screenshot (name selector) - read name
    puppeteer_click (selector) - write name
    puppeteer_fill (selector value) - write name
    puppeteer_evaluate (script) - unknown takes_program
  `,
  firecrawl: `
    firecrawl_scrape (url formats) - send name
    firecrawl_map (url) - send takes_address
    firecrawl_crawl (url limit) - send name
    firecrawl_search (query limit) - read name
    firecrawl_extract (urls prompt) - send takes_address
  `,
  tavily: `
    tavily-search (query) - read name
    tavily-extract (urls) - send takes_address
  `,
  brave: `
    brave_web_search (query count) - read name
    brave_local_search (query) - read name
  `,
  context7: `
    resolve-library-id (libraryName) R read claims_read
    get-library-docs (context7CompatibleLibraryID) R read name
  `,
  deepwiki: `
    read_wiki_structure (repoName) - read name
    ask_question (repoName question) - send name
  `,
  aws: `
    call_aws (cli_command) - send name
    suggest_aws_commands (query) - read name
  `,
  desktop: `
    execute_command (command) - unknown takes_program
    start_process (command timeout_ms) - write name
    kill_process (pid) - destructive name
    force_terminate (pid) - destructive name
    list_processes () - read name
    read_process_output (pid) - read name
    interact_with_process (pid input) - unknown nameless
  `,
  everything: `
    echo (message) - unknown nameless
    get-sum (a b) - read name
    trigger-long-running-operation (duration steps) - write name
  `,
  drive: `
    search (query) - read name
    gdrive_search (query) - read name
    gdrive_read_file (fileId) - read name
    share_file (fileId email) - send name
    copy_file (fileId) - write name
    trash_file (fileId) - destructive name
  `,
  calendar: `
    list-events (calendarId) - read name
    create-event (summary start end attendees) - write name
    delete-event (eventId) - destructive name
    respond-to-event (eventId response) - send name
    get-freebusy (timeMin timeMax) - read name
  `,
  whatsapp: `
    search_contacts (query) - read name
    send_message (recipient message) - send name
    send_file (recipient media_path) - send name
    list_chats (query) - read name
    download_media (message_id) - read name
  `,
};
