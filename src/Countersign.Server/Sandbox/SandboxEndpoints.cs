using System.Text.Json;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Numbers;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Sandbox;

/// <summary>The virtual phones: their page, and what it and test suites read.</summary>
sealed class SandboxEndpoints(VirtualPhones phones, Authenticate authenticate, IHostApplicationLifetime lifetime, TimeProvider time)
{
    const int DefaultLimit = 50, MaxLimit = 1000;

    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sandbox/messages", AnswerMapping.Answering(ReadAsync));
        routes.MapGet("/sandbox/events", FollowAsync);
    }

    ValueTask<IResult> ReadAsync(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error))
        {
            return new ValueTask<IResult>(error);
        }

        var binder = new FormBinder(query);
        var limit = binder.Integer("limit", 1, MaxLimit) ?? DefaultLimit;
        var number = query["to"]?.Contains('@', StringComparison.Ordinal) == true ? MailboxIn(binder) : NumberIn(binder);

        if (binder.Error is not null)
        {
            return new ValueTask<IResult>(binder.Error);
        }

        return new ValueTask<IResult>(new MessagesAnswer(phones.Read(Caller.Of(context).AccountSid, number, limit)));
    }

    /// <summary>However it is written, a number means the phone of its E.164 form. What is none would find nothing for ever.</summary>
    static string? NumberIn(FormBinder binder)
    {
        if (binder.Phone("to", PhoneNumber.MaxTextLength) is not { } to)
        {
            return null;
        }

        if (PhoneNumber.TryParse(to, out var number, out var problem))
        {
            return number.Identity;
        }

        binder.Invalid("to", to, problem.ReasonName, problem.Explanation, problem.Suggestion);
        return null;
    }

    static string? MailboxIn(FormBinder binder)
    {
        if (binder.Text("to", 1, EmailAddress.MaxTextLength) is not { } to)
        {
            return null;
        }

        if (EmailAddress.TryParse(to, out var mailbox, out var problem))
        {
            return mailbox.Identity;
        }

        binder.Invalid("to", to, problem.ReasonName, problem.Explanation, problem.Suggestion);
        return null;
    }

    /// <summary>Server-sent events: one per new message of the caller's account, and <c>reload</c> when some were missed.</summary>
    async Task FollowAsync(HttpContext context)
    {
        // A stream that nobody ends would hold the server's stop up, and one that a revoked key opened would go on.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var ct = ending.Token;
        var letInAt = authenticate.Version;
        using var watcher = phones.Watch(Caller.Of(context).AccountSid);
        if (watcher is null)
        {
            await ApiErrors.Unavailable(TimeSpan.FromSeconds(10), "too_many_watchers").WriteAsync(context.Response);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // A proxy that gathers answers would make the phone late.
        await context.Response.WriteAsync(": connected\n\n", ct);
        await context.Response.Body.FlushAsync(ct);

        while (!ct.IsCancellationRequested)
        {
            if (!await WaitAsync(watcher, ct))
            {
                await context.Response.WriteAsync(": still here\n\n", ct);
            }

            if (authenticate.Version != letInAt)
            {
                // The page connects again, and is asked for its credentials.
                return;
            }

            while (watcher.Messages.TryRead(out var message))
            {
                await context.Response.WriteAsync($"event: message\ndata: {MessageJson.Text(message)}\n\n", ct);
            }

            if (watcher.TakeLost())
            {
                await context.Response.WriteAsync("event: reload\ndata: {}\n\n", ct);
            }

            await context.Response.Body.FlushAsync(ct);
        }
    }

    async Task<bool> WaitAsync(VirtualPhoneWatcher watcher, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(Heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            return await watcher.Messages.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    sealed class MessagesAnswer(IReadOnlyList<VirtualPhoneMessage> messages) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("messages"u8);
            foreach (var message in messages)
            {
                MessageJson.Write(json, message);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}

/// <summary>A message of a virtual phone as JSON.</summary>
static class MessageJson
{
    public static string Text(VirtualPhoneMessage message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, message);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    public static void Write(Utf8JsonWriter json, VirtualPhoneMessage message)
    {
        json.WriteStartObject();
        json.WriteString("to"u8, message.To);
        json.WriteString("from"u8, VirtualPhoneMessage.Sender);
        json.WriteString("channel"u8, Wire.Channel(message.Channel));
        json.WriteString("body"u8, message.Body);
        json.WriteString("code"u8, message.Code.Reveal());
        json.WriteString("status"u8, "delivered");
        json.WriteString("sent_at"u8, message.SentAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("verification_sid"u8, message.VerificationSid.ToString());
        json.WriteEndObject();
    }
}
