using System.IO.Pipelines;

namespace Countersign.Carriers.Smpp;

/// <summary>PDUs over a stream: one reader, any number of writers. A write that the peer does not take in time ends the connection.</summary>
sealed class PduStream(Stream stream, TimeSpan writeLimit, TimeProvider time) : IDisposable
{
    readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
    readonly SemaphoreSlim _writing = new(1);

    /// <summary>The next PDU; null where the stream ends. After a protocol error that is not fatal the next can be read.</summary>
    public async ValueTask<Pdu?> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(ct);
            var buffer = result.Buffer;
            var examined = buffer.Start;
            try
            {
                if (PduDecoder.TryRead(ref buffer, out var pdu))
                {
                    examined = buffer.Start;
                    return pdu;
                }

                examined = buffer.End;
            }
            catch (SmppProtocolException)
            {
                examined = buffer.Start;
                throw;
            }
            finally
            {
                _reader.AdvanceTo(buffer.Start, examined);
            }

            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>False where the connection is of no more use.</summary>
    public async ValueTask<bool> TryWriteAsync(Pdu pdu, CancellationToken ct)
    {
        var octets = PduEncoder.Encode(pdu);
        try
        {
            await _writing.WaitAsync(ct);
            try
            {
                var write = stream.WriteAsync(octets, ct);
                if (write.IsCompleted)
                {
                    await write;
                }
                else
                {
                    await write.AsTask().WaitAsync(writeLimit, time, ct);
                }

                return true;
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or OperationCanceledException or TimeoutException)
        {
            return false;
        }
    }

    public void Dispose() => stream.Dispose();
}
