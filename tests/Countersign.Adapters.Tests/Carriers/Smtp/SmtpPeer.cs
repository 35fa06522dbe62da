using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

/// <summary>
/// A mail server out of a bare socket, which answers each command with what the test wrote, byte for byte: for what a real server cannot be made to say. A verb's replies
/// are used in order, the last one again and again; verbs that the test does not name are answered as Postfix would.
/// </summary>
sealed class SmtpPeer : IAsyncDisposable
{
    /// <summary>Instead of a reply: the connection is closed.</summary>
    public const string Drop = "(drop)";

    /// <summary>Instead of a reply: nothing, ever.</summary>
    public const string Silence = "(silence)";

    static readonly Dictionary<string, string> Usual = new()
    {
        ["greeting"] = "220 peer.example.test ESMTP\r\n",
        ["EHLO"] = "250-peer.example.test\r\n250-AUTH PLAIN\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n",
        ["AUTH"] = "235 2.7.0 Authentication successful\r\n",
        ["MAIL"] = "250 2.1.0 Ok\r\n",
        ["RCPT"] = "250 2.1.5 Ok\r\n",
        ["DATA"] = "354 End data with <CR><LF>.<CR><LF>\r\n",
        ["body"] = "250 2.0.0 Ok: queued as 4Wxyz0ABCDz9\r\n",
        ["RSET"] = "250 2.0.0 Ok\r\n",
        ["NOOP"] = "250 2.0.0 Ok\r\n",
        ["QUIT"] = "221 2.0.0 Bye\r\n",
    };

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Dictionary<string, Queue<string>> _replies;
    readonly List<string> _commands = [];
    readonly SemaphoreSlim _silent = new(0);
    readonly SemaphoreSlim _ended = new(0);
    readonly Task _accepting;

    /// <summary>Starts with replies by verb; <c>greeting</c> is the first line, <c>body</c> what follows the mail.</summary>
    public SmtpPeer(params (string Verb, string Reply)[] replies)
    {
        _replies = replies.GroupBy(reply => reply.Verb).ToDictionary(group => group.Key, group => new Queue<string>(group.Select(reply => reply.Reply)));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What was said so far, on all connections, each beginning with <c>greeting</c>; a mail is <c>body</c>.</summary>
    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_commands)
            {
                return [.. _commands];
            }
        }
    }

    public int Connections => Commands.Count(command => command == "greeting");

    /// <summary>Waits until a command is left unanswered.</summary>
    public Task SilentAsync() => WaitAsync(_silent);

    /// <summary>Waits until a connection is over.</summary>
    public Task EndedAsync() => WaitAsync(_ended);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    static async Task WaitAsync(SemaphoreSlim signal) => Assert.True(await signal.WaitAsync(TimeSpan.FromSeconds(20)), "It did not happen.");

    async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.Latin1);
                for (var verb = "greeting"; verb is not null; verb = await NextAsync(reader, verb))
                {
                    var reply = ReplyTo(verb);
                    if (reply == Drop)
                    {
                        break;
                    }

                    if (reply == Silence)
                    {
                        _silent.Release();
                        await reader.ReadToEndAsync(_stop.Token);
                        break;
                    }

                    await stream.WriteAsync(Encoding.Latin1.GetBytes(reply), _stop.Token);
                }
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException)
            {
                // The test is over, or the carrier hung up.
            }
        }

        _ended.Release();
    }

    /// <summary>The next command's verb, or <c>body</c> when a mail has come to its end; null when the carrier hung up.</summary>
    async Task<string?> NextAsync(StreamReader reader, string before)
    {
        var isMail = before == "DATA" && Commands[^1] == "DATA" && _lastReply.StartsWith("354", StringComparison.Ordinal);
        var line = await reader.ReadLineAsync(_stop.Token);
        while (isMail && line is not null and not ".")
        {
            line = await reader.ReadLineAsync(_stop.Token);
        }

        return line is null ? null : isMail ? "body" : line.Split(' ')[0].ToUpperInvariant();
    }

    string _lastReply = "";

    string ReplyTo(string verb)
    {
        lock (_commands)
        {
            _commands.Add(verb);
            _lastReply = !_replies.TryGetValue(verb, out var replies) ? Usual.GetValueOrDefault(verb, "500 5.5.1 Unknown command\r\n")
                : replies.Count > 1 ? replies.Dequeue() : replies.Peek();
            return _lastReply;
        }
    }
}
