/**
 * Words by which a definition speaks to a model behind a person's back. Each form is about one kind; none looks further than a sentence, so
 * that the time is bounded.
 */
import type { DeceptionKind } from "#/core/deception.ts";

export interface Cue {
  readonly kind: DeceptionKind;
  readonly form: RegExp;
}

const cue = (kind: DeceptionKind, ...forms: readonly RegExp[]): readonly Cue[] =>
  forms.map((form) => ({ kind, form }));

export const cues: readonly Cue[] = [
  ...cue("comment", /<!--/, /\[\/\/\]: ?#/, /%%\{/),
  ...cue(
    "urgency",
    /<\/?(?:important|system|instructions?|secret|admin|critical|hidden)(?:[ _-][\w -]{0,40})?\/?>/i,
    /\[(?:system|inst|important instructions?|admin)\]/i,
    /<\|[\w ]{1,30}\|>/,
    /#{2,} ?(?:system|instructions? (?:for|to) (?:the )?(?:ai|model|assistant|agent|llm))\b/i,
  ),
  ...cue(
    "orders",
    /\b(?:ignore|disregard|forget|override|bypass) (?:all |any |your |the |these |those |every )*(?:previous|prior|above|earlier|preceding|other|system|safety|existing|former)\b/i,
    /\b(?:ai|llm|language model|assistant|model|agent|claude|gpt|copilot|cursor|gemini)s?[ ,:]{1,2}(?:you )?(?:must|have to|are required to|should always|shall|need to)\b/i,
    /\byou (?:must|have to|are required to|shall) (?:also |always |first |now )*(?:send|include(?! (?:this|these|the|an?) (?:\w+ )?(?:variable|parameter|field|property|flag|option|header)s?\b)|read|append|forward|copy|upload|exfiltrate)\b/i,
    /\b(?:before|after|prior to|when(?:ever)?|each time) (?:you )?(?:use|using|call|calling|invoking|running|run) (?:this|any|every|the|all)\b[^.]{0,60}\b(?:read|call|send|fetch|invoke|pass|include|collect|upload|cat)\b/i,
    /\b(?:new|updated|real|actual) (?:system )?(?:instructions?|rules?|prompt)\s?:/i,
    /\bsystem prompt\b/i,
    /\byou are (?:now |no longer )(?:a|an|the|bound|in)\b/i,
    /\botherwise (?:the |this )?(?:tool|application|server|system|it) (?:will|would|won't|does not|doesn't|is going to) (?:crash|fail|work|break|function)/i,
  ),
  ...cue(
    "secrecy",
    /\b(?:do not|don't|never|must not|without|avoid) (?:ever )?(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|reveal(?:ing)?|show(?:ing)?|notify(?:ing)?|disclos(?:e|ing)|say(?:ing)?|explain(?:ing)?|alert(?:ing)?|let(?:ting)?|ask(?:ing)?|report(?:ing)?|display(?:ing)?)\b[^.]{0,80}\b(?:user|users|human|person|people|anyone|anybody|operator|them)\b/i,
    /\b(?:do not|don't|never) (?:mention|reveal|disclose|talk about|refer to|acknowledge) (?:this|these|that|it|any of)\b/i,
    /\b(?:silently|secretly|covertly|quietly|discreetly) (?:\w+ )?(?:send|call|read|include|forward|pass|copy|upload|add|append|bcc|collect|execute|run|exfiltrate)\b/i,
    /\b(?:user|human)s? (?:must not|should not|shouldn't|must never|will not|won't|cannot|can't|need not|do not need to|does not need to|doesn't need to) (?:see|know|notice|be (?:told|informed|notified|aware)|find out)\b/i,
    /\b(?:keep|hide) (?:this|it|these|them)[^.]{0,40}\b(?:secret|hidden|from the (?:user|human)|private|confidential)\b/i,
    /\bwithout (?:the )?(?:user|human)(?:'s)? (?:knowledge|knowing|noticing|consent|approval|confirmation)\b/i,
  ),
  ...cue(
    "other_tools",
    /\b(?:instead of|rather than|in place of) (?:using |calling )?(?:the |any )?(?:other|another|(?!(?:this|that|an?|the|one|its)[ _])\w+)[ _](?:tool|server)s?\b/i,
    /\b(?:when(?:ever)?|if|before|after|once|each time) (?:the |any |an? |another )*(?:tool [`'"]?\w{2,40}[`'"]?|[`'"]\w{2,40}[`'"]|\w{1,30}_\w{1,30})(?: tool)? (?:is|gets|has been|was) (?:called|used|invoked|available|present|run)\b/i,
    /\b(?:all|any|every|each) (?:other )?(?:calls?|emails?|messages?|payments?|transactions?|requests?) (?:must|should|have to|has to|need to) (?:be )?(?:sent|routed|go|made|forwarded|redirected|addressed)\b/i,
    /\b(?:modify|change|alter|adjust|replace|override)s? the (?:behaviou?r|recipient|parameters?|arguments?|output|usage) of (?:the )?[`'"]?\w+/i,
    /\b(?:this tool|it) (?:must|should|has to) (?:be called|be used|run|be invoked) (?:first|before (?:any|every|all)|instead)\b/i,
  ),
  ...cue(
    "secrets",
    /\b(?:include|pass|provide|send|add|append|put|attach|supply|copy|paste|forward|give|share|leak|reveal|read)\b[^.]{0,60}\b(?:user'?s? |your |all |any |the |stored |saved |environment )*(?<!\b(?:per|remove|reset|change|delete|rotate|revoke) (?:the |its |an? )?)(?:passwords?|credentials?|private keys?|secret keys?|api[ _-]?keys?|access tokens?|session (?:tokens?|cookies?)|environment variables?|env vars?|secrets)\b[^.]{0,40}\b(?:as|in(?:to)?|to|with|here|from|so that|parameter|field|argument|note)\b/i,
    /\b(?:printenv|process\.env|os\.environ)\b/i,
  ),
  ...cue(
    "files",
    /(?:~|\$home|\/home\/\w+|\/root|%userprofile%)[\\/]\.(?:ssh|aws|config|cursor|kube|gnupg|netrc|npmrc|docker|env)\b/i,
    /\bid_(?:rsa|ed25519|ecdsa|dsa)\b|\/etc\/(?:passwd|shadow|sudoers)\b|\bauthorized_keys\b|\b(?:mcp|claude_desktop_config)\.json\b/i,
    /\b(?:read|open|cat|load|include|send|upload|pass) (?:the )?(?:contents? of )?(?:the )?(?:file )?[`'"]?\S{0,40}\.(?:env|pem|key|pfx|kdbx)\b/i,
  ),
  ...cue(
    "conversation",
    /\b(?:include|pass|provide|send|append|summari[sz]e|copy|put|forward|insert)\b[^.]{0,60}\b(?:conversation|chat|dialog(?:ue)?|message) (?:history|context|so far|transcript|log)\b/i,
    /\b(?:entire|full|complete|whole|previous|all (?:of )?(?:the|your)) (?:conversation|chat|context window|message history|prompt)\b/i,
    /\b(?:your|the model's|the assistant's) (?:reasoning|chain of thought|system (?:message|prompt)|instructions|context)\b[^.]{0,40}\b(?:here|parameter|argument|field|verbatim|in full)\b/i,
  ),
];
