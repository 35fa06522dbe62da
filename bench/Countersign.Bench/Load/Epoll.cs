using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Countersign.Bench.Load;

/// <summary>The few calls of Linux that the generator makes, without .NET's socket engine and thread pool in between. Used by one thread.</summary>
sealed partial class Epoll : IDisposable
{
    const int Add = 1, ReadableEvent = 1, MaxEvents = 256;
    const int DontWait = 0x40, NoSignal = 0x4000;
    const int TryAgain = 11, CallInterrupted = 4;

    // struct epoll_event is packed on x86-64 and nowhere else.
    static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    static readonly int DataOffset = EventSize - 8;

    readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);
    readonly int _handle;

    public Epoll()
    {
        _handle = CreateEpoll(0);
        Check(_handle);
    }

    /// <summary>Watches a socket for bytes to read. Its number comes back from <see cref="Ready"/>.</summary>
    public void Watch(Socket socket, int number)
    {
        Span<byte> wanted = stackalloc byte[16];
        wanted.Clear();
        MemoryMarshal.Write(wanted, ReadableEvent);
        MemoryMarshal.Write(wanted[DataOffset..], (long)number);
        Check(Control(_handle, Add, HandleOf(socket), ref MemoryMarshal.GetReference(wanted)));
    }

    /// <summary>Waits until sockets have bytes, or the time is over; gives how many have.</summary>
    public int Wait(TimeSpan longest)
    {
        var (seconds, rest) = (longest.Ticks / TimeSpan.TicksPerSecond, longest.Ticks % TimeSpan.TicksPerSecond);
        var timeout = new Timeout(seconds, rest * TimeSpan.NanosecondsPerTick);
        var count = WaitFor(_handle, ref MemoryMarshal.GetArrayDataReference(_events), MaxEvents, in timeout, signals: 0);
        if (count < 0 && Marshal.GetLastPInvokeError() == CallInterrupted)
        {
            return 0;
        }

        Check(count);
        return count;
    }

    /// <summary>The number of the socket that is the <paramref name="index"/>th ready one.</summary>
    public int Ready(int index) => (int)MemoryMarshal.Read<long>(_events.AsSpan((index * EventSize) + DataOffset, 8));

    /// <summary>Reads what is there: 0 when the other side hung up, -1 when nothing is there yet.</summary>
    public static int Receive(int socket, Span<byte> into)
    {
        var count = (int)ReceiveFrom(socket, ref MemoryMarshal.GetReference(into), into.Length, DontWait);
        return count >= 0 ? count : Marshal.GetLastPInvokeError() is TryAgain or CallInterrupted ? -1 : 0;
    }

    /// <summary>Sends a whole request. Requests are far smaller than a socket's buffer, and only one is on its way: less than all means a dead connection.</summary>
    public static bool Send(int socket, ReadOnlySpan<byte> bytes) =>
        SendTo(socket, ref MemoryMarshal.GetReference(bytes), bytes.Length, DontWait | NoSignal) == bytes.Length;

    public static int HandleOf(Socket socket) => (int)socket.SafeHandle.DangerousGetHandle();

    public void Dispose() => _ = Close(_handle);

    static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int CreateEpoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int socket, ref byte wanted);

    // epoll_wait knows milliseconds only, and a steady pace has many requests in each. Linux 5.11 and later.
    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    private static partial int WaitFor(int epoll, ref byte events, int max, in Timeout longest, nint signals);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveFrom(int socket, ref byte buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendTo(int socket, ref byte buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    /// <summary>struct timespec of 64-bit systems.</summary>
    readonly record struct Timeout(long Seconds, long Nanoseconds);
}
