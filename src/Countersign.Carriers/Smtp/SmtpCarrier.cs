using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Numbers;
using MimeKit;

namespace Countersign.Carriers.Smtp;

/// <summary>
/// Hands mails to one SMTP server. Mail has no idempotency keys: an attempt that is sent twice has the same Message-ID both times, by which many mail hosts show it once.
/// </summary>
public sealed class SmtpCarrier : ICarrier, IAsyncDisposable
{
    readonly SmtpOptions _options;
    readonly TimeProvider _time;
    readonly SmtpPool _pool;

    internal SmtpCarrier(string name, SmtpOptions options, TimeProvider time)
    {
        Name = name;
        _options = options;
        _time = time;
        _pool = new SmtpPool(options, time);
    }

    public string Name { get; }

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        if (message.Email is null || message.To is not EmailAddress)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "not_an_email");
        }

        ct.ThrowIfCancellationRequested();
        using var mail = SmtpMail.Write(message, _options, _time.GetUtcNow());
        using var deadline = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);

        // For a free connection no longer than half of the time: the rest is the server's, so that how busy we are is not taken for how slow it is.
        using var half = new CancellationTokenSource((message.SendTimeout < _options.Timeout ? message.SendTimeout : _options.Timeout) / 2, _time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(either.Token, half.Token);

        // A connection that was kept may have been closed by the server meanwhile: that is no reason to refuse the mail.
        var outcome = await TryAsync(mail, fresh: false, patience.Token, either.Token) ?? await TryAsync(mail, fresh: true, patience.Token, either.Token);
        return outcome ?? throw new InvalidOperationException("A fresh connection cannot be stale.");
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <summary>One try over one connection; null where it was a kept one that turned out to be closed before the server had taken anything.</summary>
    async ValueTask<SendOutcome?> TryAsync(MimeMessage mail, bool fresh, CancellationToken patience, CancellationToken either)
    {
        SmtpConnection? connection = null;
        var keep = false;
        try
        {
            connection = await _pool.TakeAsync(fresh, patience, either);
            if (connection is null)
            {
                // Whoever ended the waiting: the server was not asked.
                return new SendOutcome.Refused(DeliveryError.Throttled, "no_free_connection") { WasAsked = false };
            }

            await connection.OpenAsync(either);
            var reply = await connection.SendAsync(mail, either);
            keep = true;
            return new SendOutcome.Accepted(SmtpReply.QueueId(reply) ?? mail.MessageId);
        }
        catch (Exception failure) when (SmtpFailure.IsExpected(failure))
        {
            // Whichever time ran out, ours or the caller's: how far the conversation came says whether the server may have the mail.
            keep = connection is not null && SmtpFailure.LeavesConnectionUsable(failure, connection);
            return connection is not null && SmtpFailure.IsStale(failure, connection) ? null : SmtpFailure.Outcome(failure, connection);
        }
        finally
        {
            if (connection is not null)
            {
                _pool.Return(connection, keep);
            }
        }
    }
}
