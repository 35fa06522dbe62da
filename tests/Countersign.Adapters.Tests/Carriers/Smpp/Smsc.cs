using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Countersign.Carriers.Smpp;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>
/// A message centre on a loopback socket that the test holds by the hand: it grants binds and answers enquiries by itself, and leaves everything else, and whatever the
/// test wants otherwise, to the test.
/// </summary>
public sealed class Smsc : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly TcpListener _listener;
    readonly CancellationTokenSource _stop = new();
    readonly X509Certificate2? _certificate;
    readonly Func<SmscPeer, Pdu, Task<bool>> _handle;
    readonly Channel<(SmscPeer Peer, Pdu Pdu)> _received = Channel.CreateUnbounded<(SmscPeer, Pdu)>();
    readonly Task _accepting;
    int _connections;

    /// <summary>A handler that returns true has dealt with the PDU; what it leaves is answered as a good centre does if it is a bind or an enquiry, and given to the test.</summary>
    public Smsc(Func<SmscPeer, Pdu, Task<bool>>? handle = null, X509Certificate2? certificate = null, int port = 0)
    {
        _handle = handle ?? ((_, _) => Task.FromResult(false));
        _certificate = certificate;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Accepts every message, with the ids 1, 2, 3 and so on.</summary>
    public static Smsc Accepting()
    {
        var ids = 0;
        return new Smsc(async (peer, pdu) =>
        {
            if (pdu is SubmitSm)
            {
                await peer.AcceptAsync(pdu, Interlocked.Increment(ref ids).ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            return false;
        });
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>PDUs that came and were not asked for yet.</summary>
    public int Waiting => _received.Reader.Count;

    /// <summary>The next PDU of the kind; those of other kinds before it are passed over.</summary>
    public async Task<(SmscPeer Peer, T Pdu)> NextAsync<T>() where T : Pdu
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var (peer, pdu) = await _received.Reader.ReadAsync(limit.Token);
            if (pdu is T wanted)
            {
                return (peer, wanted);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
    }

    async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(_certificate);
                    stream = secure;
                }

                var peer = new SmscPeer(client, stream);
                var header = new byte[4];
                while (true)
                {
                    await stream.ReadExactlyAsync(header, _stop.Token);
                    var octets = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header)];
                    header.CopyTo(octets, 0);
                    await stream.ReadExactlyAsync(octets.AsMemory(4), _stop.Token);
                    var pdu = PduDecoder.Decode(octets);
                    if (!await _handle(peer, pdu))
                    {
                        await AnswerAsync(peer, pdu);
                        await _received.Writer.WriteAsync((peer, pdu));
                    }
                }
            }
            catch (Exception ended) when (ended is IOException or ObjectDisposedException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client has gone, or the test ends.
            }
        }
    }

    static Task AnswerAsync(SmscPeer peer, Pdu pdu) => pdu switch
    {
        Bind bind => peer.SendAsync(new BindResponse(bind.Type) { Sequence = pdu.Sequence, SystemId = "smsc" }),
        EnquireLink => peer.SendAsync(new EnquireLinkResponse { Sequence = pdu.Sequence }),
        Unbind => peer.SendAsync(new UnbindResponse { Sequence = pdu.Sequence }),
        _ => Task.CompletedTask,
    };
}

/// <summary>One client's connection, as the centre has it.</summary>
public sealed class SmscPeer(TcpClient client, Stream stream)
{
    public Task SendAsync(Pdu pdu) => SendAsync(PduEncoder.Encode(pdu));

    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await stream.WriteAsync(octets);

    public Task AcceptAsync(Pdu submit, string id) => SendAsync(new SubmitSmResponse { Sequence = submit.Sequence, MessageId = id });

    public Task RefuseAsync(Pdu submit, uint status) => SendAsync(new SubmitSmResponse { Sequence = submit.Sequence, Status = status });

    /// <summary>Ends the connection without a word.</summary>
    public void Drop() => client.Close();
}
