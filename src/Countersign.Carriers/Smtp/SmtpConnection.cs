using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;

namespace Countersign.Carriers.Smtp;

/// <summary>How far a connection came: what a failure means depends on it.</summary>
enum SmtpStage
{
    Connect,

    /// <summary>Greeting, EHLO, TLS.</summary>
    Hello,
    Login,

    /// <summary>Sender and recipient: nothing has been taken yet.</summary>
    Envelope,

    /// <summary>The recipient was accepted: the server may have the mail, or not.</summary>
    Data,
}

/// <summary>One connection to the server, for one mail at a time.</summary>
sealed class SmtpConnection(SmtpOptions options, TimeProvider time) : IDisposable
{
    static readonly TimeSpan NoopTimeout = TimeSpan.FromSeconds(3);

    readonly Session _client = new(options);
    WatchedStream? _stream;
    bool _isOpen;

    public SmtpStage Stage => _client.Stage;

    /// <summary>Whether a mail has gone over it before.</summary>
    public bool IsReused { get; private set; }

    public bool IsConnected => _client.IsConnected;

    /// <summary>Whether the server closed it, and said nothing.</summary>
    public bool WasDropped => _stream is { HasEnded: true };

    public bool CertificateWasRefused => _client.CertificateWasRefused;

    /// <summary>When the last mail was done, in the clock's timestamps.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Connects, secures and logs in; nothing where that was done before.</summary>
    public async Task OpenAsync(CancellationToken ct)
    {
        if (_isOpen)
        {
            return;
        }

        _stream = new WatchedStream(await CarrierSocket.ConnectAsync(options.Host, options.Port, options.Networks, ct));
        _client.Stage = SmtpStage.Hello;
        await _client.ConnectAsync(_stream, options.Host, options.Port, options.Security, ct);
        if (options.Login is { } login)
        {
            _client.Stage = SmtpStage.Login;
            await _client.AuthenticateAsync(login, ct);
        }

        _isOpen = true;
    }

    /// <summary>Hands the mail over and gives the text of the reply that accepted it.</summary>
    public Task<string> SendAsync(MimeMessage mail, CancellationToken ct)
    {
        _client.Stage = SmtpStage.Envelope;
        _stream!.NewAllowance();
        return _client.SendAsync(mail, ct);
    }

    /// <summary>Asks the server whether it still listens (NOOP).</summary>
    public async Task<bool> IsAliveAsync(CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(NoopTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            _stream!.NewAllowance();
            await _client.NoOpAsync(either.Token);
            return true;
        }
        catch (Exception gone) when (SmtpFailure.IsExpected(gone))
        {
            ct.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>Called when a mail is done and the connection is kept for the next.</summary>
    public void Rest()
    {
        IsReused = true;
        IdleSince = time.GetTimestamp();
    }

    /// <summary>Says goodbye, and closes whatever the answer.</summary>
    public async Task CloseAsync()
    {
        using var limit = new CancellationTokenSource(NoopTimeout, time);
        try
        {
            await _client.DisconnectAsync(quit: true, limit.Token);
        }
        catch (Exception gone) when (SmtpFailure.IsExpected(gone))
        {
            // Then it is closed all the same.
        }

        Dispose();
    }

    public void Dispose()
    {
        _client.Dispose();
        _stream?.Dispose();
    }

    /// <summary>MailKit's client, telling how far it came, and trusting whom the operator trusts.</summary>
    sealed class Session : SmtpClient
    {
        const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

        readonly X509Certificate2Collection _authorities;

        // No protocol log: it would hold the codes.
        public Session(SmtpOptions options) : base(new NullProtocolLogger())
        {
            _authorities = options.Authorities;
            ServerCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                var trusted = IsTrusted(certificate as X509Certificate2, chain, errors);
                CertificateWasRefused |= !trusted;
                return trusted;
            };
            // As HttpClient does: most authorities have given up answering, and asking costs a request over HTTP before each connection.
            CheckCertificateRevocation = false;
            // They want tokens, of which we have none.
            AuthenticationMechanisms.Remove("XOAUTH2");
            AuthenticationMechanisms.Remove("OAUTHBEARER");
        }

        public SmtpStage Stage { get; set; }

        public bool CertificateWasRefused { get; private set; }

        protected override void OnRecipientAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Stage = SmtpStage.Data;

        bool IsTrusted(X509Certificate2? certificate, X509Chain? presented, SslPolicyErrors errors)
        {
            if (_authorities.Count == 0)
            {
                return errors == SslPolicyErrors.None;
            }

            if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            {
                return false;
            }

            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            chain.ChainPolicy.DisableCertificateDownloads = true;
            foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }

            return chain.Build(certificate);
        }
    }
}
