using System.Net.Sockets;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Countersign.Carriers.Smtp;

/// <summary>What it means that a connection or a send threw.</summary>
static class SmtpFailure
{
    /// <summary>Whether the exception is one of the ways in which mail fails, and not a bug of ours.</summary>
    public static bool IsExpected(Exception failure) => failure is OperationCanceledException or CommandException or ProtocolException or AuthenticationException
        or SslHandshakeException or NotSupportedException or IOException or SocketException or ServiceNotConnectedException
        or ServiceNotAuthenticatedException or TimeoutException;

    /// <summary>Whether the server may be given the next mail over the same connection: it answered, and stays.</summary>
    public static bool LeavesConnectionUsable(Exception failure, SmtpConnection connection) =>
        failure is SmtpCommandException { StatusCode: not SmtpStatusCode.ServiceNotAvailable } && connection is { Stage: >= SmtpStage.Envelope, IsConnected: true };

    /// <summary>Whether a kept connection turned out to be closed, or was closed for its age, before anything was taken.</summary>
    public static bool IsStale(Exception failure, SmtpConnection connection) => connection is { IsReused: true, Stage: SmtpStage.Envelope }
        && (connection.WasDropped || failure is ServiceNotConnectedException or SmtpCommandException { StatusCode: SmtpStatusCode.ServiceNotAvailable });

    /// <summary>The failure in our words; <paramref name="connection"/> is null where a kept one was asked for life and did not answer.</summary>
    public static SendOutcome.Refused Outcome(Exception failure, SmtpConnection? connection)
    {
        var stage = connection?.Stage ?? SmtpStage.Connect;
        var (error, code) = failure switch
        {
            OperationCanceledException or TimeoutException => (Lost(stage), $"timeout_in_{NameOf(stage)}"),
            SmtpCommandException refused => SmtpReply.Meaning(stage, refused),
            AuthenticationException { InnerException: SmtpCommandException refused } => SmtpReply.Meaning(stage, refused),
            AuthenticationException => (DeliveryError.Authentication, "login_refused"),
            ServiceNotAuthenticatedException => (DeliveryError.Authentication, "530"), // MailKit's own exception for this one status.
            SslHandshakeException when connection is { CertificateWasRefused: true } => (DeliveryError.Misconfigured, "certificate_not_trusted"),
            SslHandshakeException => (DeliveryError.ConnectionFailed, "tls_handshake"),
            // The server offers no STARTTLS, or no login that we could use.
            NotSupportedException => (DeliveryError.Misconfigured, stage == SmtpStage.Login ? "login_not_offered" : "starttls_not_offered"),
            SmtpFloodException => (DeliveryError.MalformedAnswer, "too_long_reply"),
            SocketException broken when stage == SmtpStage.Connect => (DeliveryError.ConnectionFailed, broken.SocketErrorCode.ToString()),
            ProtocolException when connection is { WasDropped: false } => (DeliveryError.MalformedAnswer, $"malformed_in_{NameOf(stage)}"),
            _ => (Lost(stage), $"dropped_in_{NameOf(stage)}"),
        };
        return new SendOutcome.Refused(error, code);
    }

    /// <summary>Before the envelope is through, nothing can have been sent; after it, nobody knows.</summary>
    static DeliveryError Lost(SmtpStage stage) => stage switch
    {
        SmtpStage.Data => DeliveryError.Timeout,
        _ => DeliveryError.ConnectionFailed,
    };

    static string NameOf(SmtpStage stage) => stage switch
    {
        SmtpStage.Connect => "connect",
        SmtpStage.Hello => "hello",
        SmtpStage.Login => "login",
        SmtpStage.Envelope => "envelope",
        SmtpStage.Data => "data",
        _ => throw new InvalidOperationException($"No name for {stage}."),
    };
}
