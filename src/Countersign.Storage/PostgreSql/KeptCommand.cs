using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// A statement that goes with batch after batch, and its parameters: made once for a connection, since to make and to resolve them anew costs more than what they say. The arrays
/// (<see cref="ArrayParameter"/>) are filled anew for each batch; single values are set. In one batch at a time.
/// </summary>
sealed class KeptCommand(string sql, Func<IEnumerable<NpgsqlParameter>> parameters)
{
    NpgsqlBatchCommand? _command;
    NpgsqlConnection? _connection;
    NpgsqlParameter[] _arrays = [];

    public KeptCommand(string sql, params ArrayParameter[] columns)
        : this(sql, () => columns.Select(column => column.AsParameter()))
    {
    }

    /// <summary>Adds it to a batch, behind what is there.</summary>
    public KeptCommand AddTo(NpgsqlBatch batch)
    {
        // Npgsql keeps with a statement as what it was prepared. Another connection does not know that name, or knows another statement by it.
        if (_command is null || !ReferenceEquals(_connection, batch.Connection))
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var parameter in parameters())
            {
                command.Parameters.Add(parameter);
            }

            _arrays = [.. command.Parameters.Where(parameter => (parameter.NpgsqlDbType & NpgsqlDbType.Array) != 0)];
            (_command, _connection) = (command, batch.Connection);
        }

        // A parameter forgets how long its value is once that was sent, or when it is set: after a batch that was not sent it would take the next one's arrays to be of the same length.
        foreach (var array in _arrays)
        {
            array.Value = array.Value;
        }

        // Set where it was the last of its batch.
        _command.AppendErrorBarrier = null;
        batch.BatchCommands.Add(_command);
        return this;
    }

    /// <summary>Sets a single value, after <see cref="AddTo"/>.</summary>
    /// <param name="number">Its number in the statement, from 1.</param>
    /// <param name="value">The value.</param>
    public KeptCommand Set<T>(int number, T value)
    {
        ((NpgsqlParameter<T>)_command!.Parameters[number - 1]).TypedValue = value;
        return this;
    }
}
