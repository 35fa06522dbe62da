using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Countersign.Adapters.Tests.Cuts;

/// <summary>
/// The way from one node to the servers of its store, by relays of its own: it can be told to end a connection within a request or its answer, and to end them all. Servers that name each
/// other, as those of a cluster do, name the relays to those who ask by them.
/// </summary>
sealed class CutWire : IDisposable
{
    readonly Kinds _kindOf;
    readonly Lock _gate = new();

    // All of these under the gate.
    readonly List<(byte[] Server, byte[] Relay)> _names = [];
    readonly List<(int Port, TcpListener Listener)> _relays = [];
    readonly List<Link> _links = [];
    Cut? _armed;
    bool _wasCut;
    int _unforgiven;
    bool _isDead;
    TaskCompletionSource? _held;

    /// <summary>Relays to servers on this machine.</summary>
    /// <param name="ports">Where they listen; five digits each where they name each other.</param>
    /// <param name="kindOf">Tells what a piece is.</param>
    public CutWire(IEnumerable<int> ports, Kinds kindOf)
    {
        _kindOf = kindOf;
        foreach (var port in ports)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _relays.Add((port, listener));
            _names.Add((Text(port), Text(PortOf(port))));
        }

        _relays.ForEach(relay => _ = AcceptAsync(relay.Port, relay.Listener));
    }

    /// <summary>Whether a piece of what a node sends may be cut, and whether it asks for something to be kept. Where it cannot be told for sure, a wrong answer only makes a cut less useful.</summary>
    public delegate (bool IsStep, bool IsWrite) Kinds(ReadOnlySpan<byte> request);

    /// <summary>The port of the relay to a server.</summary>
    public int PortOf(int server) => ((IPEndPoint)_relays.Find(relay => relay.Port == server).Listener.LocalEndpoint).Port;

    /// <summary>The next request is cut, or its answer.</summary>
    public void Arm(Cut cut)
    {
        lock (_gate)
            (_armed, _wasCut) = (cut, false);
    }

    /// <summary>Nothing is cut any more. True when something was: what has arrived of it by then is all that ever will, and the server is done with it.</summary>
    public async Task<bool> DisarmAsync()
    {
        List<Link> ended;
        lock (_gate)
        {
            _armed = null;
            _links.ForEach(link => link.Cut = null);
            ended = _links.FindAll(link => link.HasEnded);
            _links.RemoveAll(link => link.HasEnded);
            if (!_wasCut)
                return false;
        }

        await Task.WhenAll(ended.Select(link => link.Done)).WaitAsync(TimeSpan.FromSeconds(30));
        return true;
    }

    /// <summary>Answers wait, until they are let go.</summary>
    public void Hold()
    {
        lock (_gate)
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void LetGo()
    {
        lock (_gate)
            _held?.TrySetResult();
    }

    /// <summary>Whether a step may have failed for it: each connection that was ended costs one at most, that on its way or, where none was, the next that goes by it.</summary>
    public bool Forgives()
    {
        lock (_gate)
        {
            if (_unforgiven == 0)
                return false;
            _unforgiven--;
            return true;
        }
    }

    /// <summary>All connections end, and there are no new ones: what a node leaves that is killed.</summary>
    public void Kill()
    {
        List<Link> links;
        lock (_gate)
        {
            _isDead = true;
            links = [.. _links];
        }

        _relays.ForEach(relay => relay.Listener.Stop());
        links.ForEach(link => link.End());
    }

    /// <summary>All connections that there are end, without a word of the server's.</summary>
    public void EndAll()
    {
        List<Link> links;
        lock (_gate)
            links = [.. _links];
        links.ForEach(link => link.End());
    }

    /// <summary>Of all connections that there are nothing comes through any more, and neither side hears of it.</summary>
    public void ForgetAll()
    {
        lock (_gate)
            _links.ForEach(link => link.IsForgotten = true);
    }

    public void Dispose() => Kill();

    async Task AcceptAsync(int port, TcpListener listener)
    {
        try
        {
            while (true)
            {
                var link = new Link(await listener.AcceptSocketAsync(), new Socket(SocketType.Stream, ProtocolType.Tcp));
                lock (_gate)
                    _links.Add(link);
                _ = link.ServeAsync(port, this);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It was killed.
        }
    }

    /// <summary>How much of a request may pass; less than all of it, or a cut, ends the connection.</summary>
    (int Length, bool Ends) PassRequest(Link link, ReadOnlySpan<byte> request)
    {
        lock (_gate)
        {
            if (_isDead)
                return (0, true);
            if (link.IsForgotten)
                return (0, false);
            if (_armed is not { } cut || _kindOf(request) is not { IsStep: true } kind || (cut.OfWrite && !kind.IsWrite))
                return (request.Length, false);

            _armed = null;
            if (cut.OfAnswer)
            {
                link.Cut = cut;
                return (request.Length, false);
            }

            return (Ended(cut, request.Length), true);
        }
    }

    Task HeldAsync()
    {
        lock (_gate)
            return _held?.Task ?? Task.CompletedTask;
    }

    (int Length, bool Ends) PassAnswer(Link link, int length)
    {
        lock (_gate)
        {
            if (link.Cut is not { } cut)
                return (length, false);
            link.Cut = null;
            return (Ended(cut, length), true);
        }
    }

    int Ended(Cut cut, int length)
    {
        _wasCut = true;
        _unforgiven++;
        _isDead |= cut.Kills;
        return cut.Of(length);
    }

    /// <summary>Names the relay where an answer names a server, and gives how much of it is whole: a name may go on in the next piece.</summary>
    int Rename(Span<byte> answer)
    {
        if (_names.Count < 2)
            return answer.Length;

        for (var at = answer.IndexOf((byte)':'); at >= 0;)
        {
            var rest = answer[(at + 1)..];
            foreach (var (name, relay) in _names)
            {
                var shared = Math.Min(name.Length, rest.Length);
                if (!rest[..shared].SequenceEqual(name.AsSpan(0, shared)))
                    continue;
                if (shared < name.Length)
                    return at;
                relay.CopyTo(rest);
                break;
            }

            var next = rest.IndexOf((byte)':');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return answer.Length;
    }

    static byte[] Text(int port) => Encoding.ASCII.GetBytes(port.ToString(CultureInfo.InvariantCulture));

    /// <summary>One connection of the node, and the relay's own to the server.</summary>
    sealed class Link(Socket near, Socket far)
    {
        readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        volatile bool _hasEnded;

        /// <summary>Where its next answer ends. Under the wire's gate.</summary>
        public Cut? Cut { get; set; }

        /// <summary>What the node sends goes nowhere. Under the wire's gate.</summary>
        public bool IsForgotten { get; set; }

        public bool HasEnded => _hasEnded;

        /// <summary>The server has closed its side too: it has done with what arrived.</summary>
        public Task Done => _done.Task;

        public async Task ServeAsync(int port, CutWire wire)
        {
            near.NoDelay = far.NoDelay = true;
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, port);
                await Task.WhenAll(RequestsAsync(wire), AnswersAsync(wire));
            }
            catch (SocketException)
            {
                // The server is away.
            }
            finally
            {
                End();
                far.Dispose();
                _done.TrySetResult();
            }
        }

        /// <summary>As when the node's process ends: the server gets what was sent, and then the end. Its answer goes nowhere.</summary>
        public void End()
        {
            _hasEnded = true;
            near.Dispose();
            try
            {
                far.Shutdown(SocketShutdown.Send);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // It is not connected, or no more.
            }
        }

        async Task RequestsAsync(CutWire wire)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                int length;
                while ((length = await near.ReceiveAsync(buffer)) > 0)
                {
                    var (passing, ends) = wire.PassRequest(this, buffer.AsSpan(0, length));
                    await SendAsync(far, buffer.AsMemory(0, passing));
                    if (ends)
                    {
                        wire.EndOf(this);
                        return;
                    }
                }
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // One of the two hung up.
            }

            End();
        }

        async Task AnswersAsync(CutWire wire)
        {
            var buffer = new byte[64 * 1024];
            var kept = 0;
            try
            {
                int length;
                while ((length = await far.ReceiveAsync(buffer.AsMemory(kept))) > 0)
                {
                    await wire.HeldAsync();
                    length += kept;
                    var whole = wire.Rename(buffer.AsSpan(0, length));
                    var (passing, ends) = wire.PassAnswer(this, whole);
                    try
                    {
                        await SendAsync(near, buffer.AsMemory(0, passing));
                    }
                    catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                    {
                        // Read on: that the server closes says that it is done.
                    }

                    if (ends)
                        wire.EndOf(this);
                    kept = length - whole;
                    buffer.AsSpan(whole, kept).CopyTo(buffer);
                }
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // Done as well.
            }

            End();
        }

        static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0)
                bytes = bytes[await to.SendAsync(bytes)..];
        }
    }

    /// <summary>A link ends, and all others where the node is killed with it.</summary>
    void EndOf(Link link)
    {
        link.End();
        bool isDead;
        lock (_gate)
            isDead = _isDead;
        if (isDead)
            Kill();
    }
}
